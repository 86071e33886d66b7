//! Convex tokens: their claims, and their verification.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::ErrorKind};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Session, SessionData, User};

/// Audience of every Convex token.
const AUDIENCE: &str = "convex";

/// A token that this server accepts: verified with the deployment's keys, or just received from the deployment itself.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) text: Arc<str>,
    /// When it expires, seconds since 1970.
    pub(crate) expires: u64,
    pub(crate) session: Arc<SessionData>,
    /// Whether it was issued for this request, so that requesting another one would not help.
    pub(crate) is_fresh: bool,
}

impl std::fmt::Debug for Token {
    /// Leaves the token out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("user", &self.session.user.id)
            .field("expires", &self.expires)
            .field("is_fresh", &self.is_fresh)
            .finish_non_exhaustive()
    }
}

impl Token {
    /// Returns how long it can be used, if it is used for `tolerance` after its end.
    pub(crate) fn remaining(&self, tolerance: Duration) -> Duration {
        let end = self.expires.saturating_add(tolerance.as_secs());
        Duration::from_secs(end.saturating_sub(now()))
    }
}

/// The reason why a token from a cookie is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejected {
    /// It was valid.
    Expired,
    /// Signed by the deployment, which uses another name for itself than expected.
    Issuer,
    /// Malformed, forged, or meant for somebody else.
    Invalid,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claims {
    sub: String,
    exp: f64,
    #[serde(default)]
    session_id: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Checks signature, algorithm, issuer, audience and lifetime.
///
/// The algorithm is the key's, never the token's, so a token cannot choose `none` or an HMAC with the public key as its
/// secret.
pub(crate) fn verify(
    text: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    issuer: &str,
    tolerance: Duration,
) -> Result<Token, Rejected> {
    let mut rules = Validation::new(algorithm);
    rules.set_audience(&[AUDIENCE]);
    rules.set_issuer(&[issuer]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.validate_nbf = true;
    rules.leeway = tolerance.as_secs();
    let claims =
        jsonwebtoken::decode::<Claims>(text, key, &rules).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => Rejected::Expired,
            ErrorKind::InvalidIssuer => Rejected::Issuer,
            _ => Rejected::Invalid,
        })?;
    Ok(into_token(text, claims.claims, false))
}

/// Returns the issuer that a token names. Nothing is verified.
pub(crate) fn issuer_of(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    let claims = jsonwebtoken::dangerous::insecure_decode::<Issuer>(text).ok()?;
    Some(claims.claims.iss)
}

/// Reads a token that the deployment has just returned over the server's own connection.
pub(crate) fn read_fresh(text: &str) -> Option<Token> {
    let claims = jsonwebtoken::dangerous::insecure_decode::<Claims>(text).ok()?;
    Some(into_token(text, claims.claims, true))
}

fn into_token(text: &str, mut claims: Claims, is_fresh: bool) -> Token {
    for registered in ["iss", "aud", "iat", "nbf", "jti"] {
        claims.rest.remove(registered);
    }
    Token {
        text: Arc::from(text),
        expires: whole_seconds(claims.exp),
        session: Arc::new(session_of(claims)),
        is_fresh,
    }
}

/// Reads the claims: the user's fields without `id` and `image`, and `sessionId`.
fn session_of(claims: Claims) -> SessionData {
    let mut fields = claims.rest;
    fields.insert("id".to_owned(), Value::String(claims.sub.clone()));
    let session = Session {
        id: claims.session_id,
        user_id: claims.sub.clone(),
        token: None,
        expires_at: None,
        created_at: None,
        updated_at: None,
        ip_address: None,
        user_agent: None,
        extra: Map::new(),
    };
    let user =
        serde_json::from_value(Value::Object(fields)).unwrap_or_else(|_| bare_user(claims.sub));
    SessionData { session, user }
}

/// Creates a user for an app whose `definePayload` uses the user's field names for other kinds of values.
fn bare_user(id: String) -> User {
    User {
        id,
        name: String::new(),
        email: String::new(),
        email_verified: false,
        image: None,
        created_at: None,
        updated_at: None,
        extra: Map::new(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time; saturates"
)]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.max(0.0) as u64
}

pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
