//! Reading what the HTTP functions API answers.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::{call::CallError, value::Value};

/// "The function failed", a status of Convex's own.
const FUNCTION_FAILED: u16 = 560;
const UNAUTHORIZED: u16 = 401;

#[derive(Deserialize)]
#[serde(
    tag = "status",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
enum Outcome {
    Success {
        value: Json,
    },
    Error {
        error_message: String,
        #[serde(default)]
        error_data: Option<Json>,
    },
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: String,
    message: String,
}

/// The result in an answer with this status and body.
pub(super) fn read(status: u16, body: &[u8]) -> Result<Value, CallError> {
    if status != FUNCTION_FAILED && !(200..300).contains(&status) {
        return Err(refusal(status, body));
    }
    match serde_json::from_slice(body).map_err(|_| malformed())? {
        Outcome::Success { value } => Value::from_json(value).map_err(|_| malformed()),
        Outcome::Error {
            error_message,
            error_data,
        } => {
            let data = error_data
                .map(Value::from_json)
                .transpose()
                .map_err(|_| malformed())?;
            Err(CallError::from_function(error_message, data))
        }
    }
}

/// The moment in an answer of `/api/query_ts`, to be given back as it is.
pub(super) fn read_ts(status: u16, body: &[u8]) -> Result<String, CallError> {
    #[derive(Deserialize)]
    struct Moment {
        ts: String,
    }
    if !(200..300).contains(&status) {
        return Err(refusal(status, body));
    }
    let Moment { ts } = serde_json::from_slice(body).map_err(|_| malformed())?;
    Ok(ts)
}

fn refusal(status: u16, body: &[u8]) -> CallError {
    let Refusal { code, message } = serde_json::from_slice(body).unwrap_or_default();
    match status {
        UNAUTHORIZED => CallError::Unauthenticated { code, message },
        408 | 429 | 500.. => CallError::Network {
            message: ["status ", &status.to_string()].concat(),
        },
        _ if message.is_empty() => CallError::Server {
            message: ["status ", &status.to_string()].concat(),
        },
        _ => CallError::Server { message },
    }
}

fn malformed() -> CallError {
    CallError::Network {
        message: "malformed answer".to_owned(),
    }
}
