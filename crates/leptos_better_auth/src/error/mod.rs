//! The one error type for everything that calls Better Auth.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

mod code;

pub use code::AuthErrorCode;

/// A refusal or a failure, in Better Auth's own terms.
///
/// `message` is Better Auth's text and fit to be shown; branch on `code`. `status` is the HTTP
/// status, 0 when no answer came at all. Usable as the error of a `#[server]` function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct AuthError {
    /// The code, for programs.
    pub code: AuthErrorCode,
    /// The message, for people.
    pub message: String,
    /// HTTP status of the answer; 0 without one.
    pub status: u16,
    /// Seconds until it may be tried again, after too many tries, if Better Auth sends them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl AuthError {
    /// Creates an error of this crate.
    pub fn new(code: AuthErrorCode, message: impl Into<String>, status: u16) -> Self {
        Self {
            code,
            message: message.into(),
            status,
            retry_after: None,
        }
    }

    /// Creates the error for an answer that is not a success. `retry_after` is the value of its header `X-Retry-After`.
    pub fn from_answer(status: u16, retry_after: Option<u32>, body: &[u8]) -> Self {
        // Rate limiting sends no code, and an unknown path no JSON at all.
        let body: serde_json::Value = std::str::from_utf8(body)
            .ok()
            .and_then(|body| leptos_convex::value::from_json_str(body).ok())
            .unwrap_or_default();
        let text = |name| body.get(name).and_then(serde_json::Value::as_str);
        let code =
            text("code").map_or_else(|| AuthErrorCode::of_status(status), AuthErrorCode::from);
        let message = text("message")
            .filter(|text| !text.is_empty())
            .map_or_else(|| code.text(), str::to_owned);
        let mut error = Self::new(code, message, status);
        if let Some(seconds) = retry_after.filter(|_| status == 429) {
            error.retry_after = Some(seconds);
            error.message = too_many(seconds);
        }
        error
    }

    /// Creates the error for a missing answer: offline, refused, timed out.
    pub fn unreachable() -> Self {
        Self::new(
            AuthErrorCode::Unreachable,
            AuthErrorCode::Unreachable.text(),
            0,
        )
    }

    /// Creates the error for an answer that Better Auth does not send.
    pub fn unexpected(status: u16) -> Self {
        Self::new(
            AuthErrorCode::UnexpectedAnswer,
            AuthErrorCode::UnexpectedAnswer.text(),
            status,
        )
    }

    /// Returns whether nothing has been decided: no answer, 5xx, 408, 425 or 429. Such an error never means "signed
    /// out".
    pub fn is_transient(&self) -> bool {
        is_transient_status(self.status)
            || matches!(
                self.code,
                AuthErrorCode::Unreachable | AuthErrorCode::UnexpectedAnswer
            )
    }
}

/// Returns the message for an answer whose waiting time is only in a header.
fn too_many(seconds: u32) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        _ => (seconds.div_ceil(60), "minute"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("Too many attempts. Try again in {count} {unit}{plural}.")
}

/// Returns whether a status means "not now" and not "no".
pub(crate) fn is_transient_status(status: u16) -> bool {
    matches!(status, 0 | 408 | 425 | 429) || status >= 500
}

impl FromServerFnError for AuthError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::unreachable(),
            ServerFnErrorErr::Args(text) | ServerFnErrorErr::MissingArg(text) => {
                Self::new(AuthErrorCode::ValidationError, text, 400)
            }
            other => Self::new(AuthErrorCode::UnexpectedAnswer, other.to_string(), 500),
        }
    }
}

#[cfg(test)]
mod tests;
