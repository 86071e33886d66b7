//! The form in which an error travels between server and browser.

use serde::{Deserialize, Serialize};

use super::{CallError, ConvexError};
use crate::value::{DecodeError, Encoded, Value};

/// One struct for all errors. Reading it takes a fraction of the WebAssembly that reading an enum with fields takes.
#[derive(Serialize, Deserialize)]
pub(super) struct Flat {
    kind: String,
    message: String,
    /// The function's path, the place of the mismatch, or the code, depending on the kind.
    details: Vec<String>,
    /// The error's data as JSON text, so that numbers stay exact whichever JSON library carries it.
    data: Encoded,
}

impl Flat {
    fn new<const N: usize>(kind: &str, message: String, details: [String; N]) -> Self {
        Self {
            kind: kind.to_owned(),
            message,
            details: details.into(),
            data: Encoded::of(&Value::Null),
        }
    }

    fn bare(kind: &str) -> Self {
        Self::new(kind, String::new(), [])
    }
}

impl From<CallError> for Flat {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Convex(ConvexError { message, data }) => Self {
                data: Encoded::of(&data),
                ..Self::new("convex", message, [])
            },
            CallError::Server { message } => Self::new("server", message, []),
            CallError::Encode { function, message } => Self::new("encode", message, [function]),
            CallError::Decode { function, error } => {
                let (path, message) = error.into_parts();
                Self::new("decode", message, [function, path])
            }
            CallError::Network { message } => Self::new("network", message, []),
            CallError::Unauthenticated { code, message } => {
                Self::new("unauthenticated", message, [code])
            }
            CallError::ConnectionLost => Self::bare("connectionLost"),
            CallError::UserChanged => Self::bare("userChanged"),
            CallError::Closed => Self::bare("closed"),
        }
    }
}

impl From<Flat> for CallError {
    /// Restores the error. If the kind is unknown, only the message is kept.
    fn from(flat: Flat) -> Self {
        let message = flat.message;
        let mut details = flat.details.into_iter();
        let mut detail = || details.next().unwrap_or_default();
        match &*flat.kind {
            "convex" => Self::Convex(ConvexError {
                message,
                data: flat.data.value().unwrap_or_default(),
            }),
            "encode" => Self::Encode {
                function: detail(),
                message,
            },
            "decode" => Self::Decode {
                function: detail(),
                error: DecodeError::from_parts(detail(), message),
            },
            "network" => Self::Network { message },
            "unauthenticated" => Self::Unauthenticated {
                code: detail(),
                message,
            },
            "connectionLost" => Self::ConnectionLost,
            "userChanged" => Self::UserChanged,
            "closed" => Self::Closed,
            _ => Self::Server { message },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_survives_serialisation() {
        let text = || "text".to_owned();
        let errors = [
            CallError::Convex(ConvexError {
                message: text(),
                data: Value::Int64(7),
            }),
            CallError::Server { message: text() },
            CallError::Encode {
                function: "a:b".to_owned(),
                message: text(),
            },
            CallError::Decode {
                function: "a:b".to_owned(),
                error: DecodeError::from_parts("[2].name".to_owned(), text()),
            },
            CallError::Network { message: text() },
            CallError::Unauthenticated {
                code: "InvalidAuthHeader".to_owned(),
                message: text(),
            },
            CallError::ConnectionLost,
            CallError::UserChanged,
            CallError::Closed,
        ];
        for error in errors {
            let json = serde_json::to_string(&error).expect("json");
            let back: CallError = serde_json::from_str(&json).expect("error");
            assert_eq!(back, error, "{json}");
        }
    }
}
