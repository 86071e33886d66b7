//! The person behind a verified token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::error::AuthError;
use super::provider::AuthProvider;
use super::token::seconds;

/// The result of `ctx.auth.getUserIdentity()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The `iss` claim.
    pub issuer: String,
    /// The `sub` claim: the user's id at the issuer.
    pub subject: String,
    /// `issuer|subject`, unique over issuers.
    pub token_identifier: String,
    /// The whole result as an object: the three above and the token's other claims.
    pub claims: Value,
}

/// An identity and when it expires.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The verified identity.
    pub identity: Identity,
    /// The token's `exp`.
    pub expires_at: SystemTime,
}

impl Verified {
    /// Returns whether the token has expired (no leeway: a sync session ends at `exp`).
    #[must_use]
    pub fn is_expired(&self, now: SystemTime) -> bool {
        now >= self.expires_at
    }

    pub(super) fn from_claims(
        claims: Map<String, Value>,
        provider: &AuthProvider,
    ) -> Result<Self, AuthError> {
        let subject =
            string(&claims, "sub").ok_or_else(|| AuthError::invalid("Missing subject"))?;
        let issuer = string(&claims, "iss").ok_or_else(|| AuthError::invalid("Missing issuer"))?;
        let expiry = seconds(&claims, "exp").ok_or_else(|| AuthError::invalid("Missing expiry"))?;
        let token_identifier = format!("{issuer}|{subject}");
        let mut answer = match provider {
            AuthProvider::CustomJwt { .. } => custom_claims(claims, ""),
            AuthProvider::Oidc { .. } => oidc_claims(claims),
        };
        answer.insert("issuer".into(), issuer.clone().into());
        answer.insert("subject".into(), subject.clone().into());
        answer.insert("tokenIdentifier".into(), token_identifier.clone().into());
        let lifetime = Duration::from_secs(u64::try_from(expiry).unwrap_or(0));
        Ok(Self {
            identity: Identity {
                issuer,
                subject,
                token_identifier,
                claims: Value::Object(answer),
            },
            expires_at: UNIX_EPOCH.checked_add(lifetime).unwrap_or(UNIX_EPOCH),
        })
    }
}

fn string(claims: &Map<String, Value>, name: &str) -> Option<String> {
    claims.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The registered claims of RFC 7519, which are not part of an identity.
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
/// Clerk's "factor verification age" differs in each token, so no cached result could be used again.
const VOLATILE: &str = "fva";

/// Flattens the claims of a custom JWT: they keep their names; nested objects become `outer.inner`.
fn custom_claims(claims: Map<String, Value>, prefix: &str) -> Map<String, Value> {
    let mut answer = Map::new();
    for (name, value) in claims {
        if prefix.is_empty() && (REGISTERED.contains(&name.as_str()) || name == VOLATILE) {
            continue;
        }
        let name = format!("{prefix}{name}");
        match value {
            Value::Object(nested) => answer.extend(custom_claims(nested, &format!("{name}."))),
            value => {
                answer.insert(name, value);
            }
        }
    }
    answer
}

/// OpenID Connect's standard claims and their names in Convex's `UserIdentity`.
const OIDC_NAMES: [(&str, &str); 15] = [
    ("name", "name"),
    ("given_name", "givenName"),
    ("family_name", "familyName"),
    ("nickname", "nickname"),
    ("preferred_username", "preferredUsername"),
    ("profile", "profileUrl"),
    ("picture", "pictureUrl"),
    ("website", "websiteUrl"),
    ("email", "email"),
    ("email_verified", "emailVerified"),
    ("gender", "gender"),
    ("birthdate", "birthday"),
    ("zoneinfo", "timezone"),
    ("locale", "language"),
    ("phone_number", "phoneNumber"),
];

fn oidc_claims(claims: Map<String, Value>) -> Map<String, Value> {
    let mut answer = Map::new();
    for (name, value) in claims {
        if REGISTERED.contains(&name.as_str()) || name == VOLATILE {
            continue;
        }
        let renamed = OIDC_NAMES
            .iter()
            .find(|(oidc, _)| *oidc == name)
            .map(|(_, convex)| *convex);
        let (name, value) = match name.as_str() {
            "phone_number_verified" => ("phoneNumberVerified".to_owned(), value),
            "updated_at" => ("updatedAt".to_owned(), value),
            "address" => (name, value.get("formatted").cloned().unwrap_or(value)),
            _ => (renamed.map_or(name, str::to_owned), value),
        };
        answer.insert(name, value);
    }
    answer
}
