//! The parts of a token, and the checks that need no key.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::Header;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::AuthError;

/// How much the clocks of issuer and backend may differ.
const LEEWAY_SECONDS: i64 = 5;

/// A token whose signature has not been checked. It is used only to find the provider.
pub(super) struct Unverified<'a> {
    pub(super) text: &'a str,
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
}

#[derive(Deserialize)]
struct Routing {
    iss: Option<String>,
    aud: Option<Audience>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl<'a> Unverified<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, AuthError> {
        let routing: Routing = jsonwebtoken::dangerous::insecure_decode_claims(text)
            .map_err(|_| AuthError::unparsable())?;
        let issuer = routing.iss.ok_or_else(missing_issuer)?;
        let audiences = match routing.aud {
            None => Vec::new(),
            Some(Audience::One(audience)) => vec![audience],
            Some(Audience::Many(audiences)) => audiences,
        };
        Ok(Self {
            text,
            issuer,
            audiences,
        })
    }

    pub(super) fn header(&self) -> Result<Header, AuthError> {
        jsonwebtoken::decode_header(self.text).map_err(|_| {
            AuthError::invalid(
                "Could not decode token. JWT may be missing a 'kid' (key ID) header.",
            )
        })
    }
}

fn missing_issuer() -> AuthError {
    AuthError::invalid(
        "Missing issuer claim ('iss') in JWT payload. The JWT must include an 'iss' claim that \
         matches one of your configured auth providers.",
    )
}

/// Checks `exp` and `nbf` against `now`, with [`LEEWAY_SECONDS`].
pub(super) fn check_lifetime(
    claims: &Map<String, Value>,
    now: SystemTime,
) -> Result<(), AuthError> {
    let now = unix_seconds(now);
    let expiry = seconds(claims, "exp").ok_or_else(|| AuthError::invalid("Missing expiry"))?;
    if now - expiry > LEEWAY_SECONDS {
        let ago = now - expiry;
        let unit = if ago == 1 { "second" } else { "seconds" };
        return Err(AuthError::invalid(format!(
            "Could not validate token: Token expired {ago} {unit} ago"
        )));
    }
    match seconds(claims, "nbf") {
        Some(not_before) if not_before - now > LEEWAY_SECONDS => Err(AuthError::invalid(format!(
            "Could not validate token: Token will be valid in {} seconds",
            not_before - now
        ))),
        _ => Ok(()),
    }
}

/// Returns a `NumericDate` claim in whole seconds.
pub(super) fn seconds(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a date beyond i64 saturates, as it should"
    )]
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

pub(super) fn unix_seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
