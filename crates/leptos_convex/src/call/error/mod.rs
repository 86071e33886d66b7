//! The errors that a call can end in.

mod flat;

use serde::{Deserialize, Serialize};

use crate::value::{DecodeError, Value};

/// An error the function threw on purpose: `throw new ConvexError(data)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvexError {
    /// The message Convex builds from the error.
    pub message: String,
    /// The data that the function threw.
    pub data: Value,
}

impl ConvexError {
    /// Returns a text to show to a person: `data` when it is a string, the `message` field of `data` when it has one,
    /// otherwise the whole message.
    #[must_use]
    pub fn text(&self) -> &str {
        self.data
            .as_str()
            .or_else(|| self.data.get("message").and_then(Value::as_str))
            .unwrap_or(&self.message)
    }
}

/// Why a call gave no result. It can be sent between server and browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(from = "flat::Flat", into = "flat::Flat")]
#[non_exhaustive]
pub enum CallError {
    /// The function threw a [`ConvexError`].
    #[error("{}", .0.text())]
    Convex(ConvexError),
    /// The function failed in another way, or Convex refused the call. Production deployments hide the details.
    #[error("{message}")]
    Server {
        /// The message from Convex.
        message: String,
    },
    /// The arguments are not Convex values.
    #[error("arguments of {function}: {message}")]
    Encode {
        /// Path of the function.
        function: String,
        /// What is wrong with the arguments.
        message: String,
    },
    /// The result is not of the type the caller expects.
    #[error("result of {function}: {error}")]
    Decode {
        /// Path of the function.
        function: String,
        /// The field and what was expected there.
        error: DecodeError,
    },
    /// Convex could not be reached, did not answer in time, or sent an answer that makes no sense. Trying again may
    /// help.
    #[error("Convex could not be reached: {message}")]
    Network {
        /// What failed.
        message: String,
    },
    /// The token was refused.
    #[error("not authenticated: {message}")]
    Unauthenticated {
        /// Convex's error code, such as `InvalidAuthHeader`.
        code: String,
        /// The message from Convex.
        message: String,
    },
    /// The connection broke while an action was running. Whether the action finished is unknown.
    #[error("Connection lost while action was in flight")]
    ConnectionLost,
    /// Another person signed in, or the person signed out, before the request could be sent (again).
    #[error("the signed-in user changed before the request was sent")]
    UserChanged,
    /// The client was closed, or there is no live client, as on the server.
    #[error("the Convex client is closed")]
    Closed,
}

impl CallError {
    /// Returns whether Convex refused the token, so that a fresh one may help.
    #[must_use]
    pub const fn is_auth_error(&self) -> bool {
        matches!(self, Self::Unauthenticated { .. })
    }

    /// Returns the [`ConvexError`], if the function threw one.
    #[must_use]
    pub const fn as_convex_error(&self) -> Option<&ConvexError> {
        match self {
            Self::Convex(error) => Some(error),
            _ => None,
        }
    }

    /// Converts a function's failure: to a [`ConvexError`] when it carries data.
    pub(crate) fn from_function(message: String, data: Option<Value>) -> Self {
        match data {
            Some(data) => Self::Convex(ConvexError { message, data }),
            None => Self::Server { message },
        }
    }
}
