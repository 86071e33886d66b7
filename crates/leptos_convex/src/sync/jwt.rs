//! The claims of a token. They are not verified here; the backend does that.

use crate::base64;
use crate::value::{Reader, Value};

/// The claims that the client uses. All may be missing: the token is still used then, and renewed when the backend
/// refuses it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    /// Seconds since 1970.
    exp: Option<f64>,
    /// Seconds since 1970.
    iat: Option<f64>,
}

/// Returns when a token expires according to its claims, in milliseconds since 1970; `None` when there is no such
/// claim or the text is not a token.
///
/// The token is not verified. The result says when to fetch the next token, not whether the backend accepts this one.
///
/// ```
/// // {"alg":"none"} and {"exp":1700000000}
/// let token = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDB9.";
/// assert_eq!(leptos_convex::token_expiry(token), Some(1_700_000_000_000.0));
/// assert_eq!(leptos_convex::token_expiry("no token"), None);
/// ```
#[must_use]
pub fn token_expiry(token: &str) -> Option<f64> {
    Claims::of(token).exp.map(|seconds| seconds * 1000.0)
}

impl Claims {
    pub(super) fn of(token: &str) -> Self {
        let payload = token.split('.').nth(1).unwrap_or_default();
        let json = base64::decode_url(payload.trim_end_matches('=')).unwrap_or_default();
        let claims = std::str::from_utf8(&json)
            .ok()
            .and_then(|json| Reader::new(json).value().ok())
            .unwrap_or_default();
        let text = |name| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name| match claims.get(name) {
            Some(Value::Float64(number)) => Some(*number),
            _ => None,
        };
        Self {
            iss: text("iss"),
            sub: text("sub"),
            exp: number("exp"),
            iat: number("iat"),
        }
    }

    /// Returns the person that the token is about, in the form of Convex's `tokenIdentifier`.
    pub(super) fn person(&self) -> Option<String> {
        Some([self.iss.as_deref()?, "|", self.sub.as_deref()?].concat())
    }

    /// Returns the full lifetime of this token, in milliseconds.
    pub(super) fn lifetime(&self) -> Option<f64> {
        Some((self.exp? - self.iat?) * 1000.0).filter(|lifetime| *lifetime > 0.0)
    }

    /// Returns the remaining lifetime of this token, in milliseconds.
    ///
    /// `skew` is how far this device's clock is ahead of the server's. Without it the token counts as just issued, as
    /// a fetched token is, so that a wrong device clock does not matter.
    pub(super) fn remaining(&self, now: f64, skew: Option<f64>) -> Option<f64> {
        let lifetime = self.lifetime();
        match skew {
            Some(skew) => {
                let left = self.exp? * 1000.0 - (now - skew);
                Some(left.min(lifetime.unwrap_or(left)))
            }
            None => lifetime,
        }
    }
}
