//! The reader of answers of the HTTP functions API. Every answer is an object whose fields are Convex values, so it
//! is read as a Convex value, with numbers exact to the bit.

use crate::{call::CallError, value::Value};

/// The status by which Convex says that the function failed.
const FUNCTION_FAILED: u16 = 560;
const UNAUTHORIZED: u16 = 401;

/// Returns the result in an answer with this status and body.
pub(super) fn read(status: u16, body: &[u8]) -> Result<Value, CallError> {
    if status != FUNCTION_FAILED && !(200..300).contains(&status) {
        return Err(refusal(status, body));
    }
    let Some(Value::Object(mut answer)) = parse(body) else {
        return Err(malformed());
    };
    match answer.get("status").and_then(Value::as_str) {
        Some("success") => answer.remove("value").ok_or_else(malformed),
        Some("error") => {
            let Some(Value::String(message)) = answer.remove("errorMessage") else {
                return Err(malformed());
            };
            Err(CallError::from_function(
                message,
                answer.remove("errorData"),
            ))
        }
        _ => Err(malformed()),
    }
}

/// Returns the moment in an answer of `/api/query_ts`. It is sent back to Convex unchanged.
pub(super) fn read_ts(status: u16, body: &[u8]) -> Result<String, CallError> {
    if !(200..300).contains(&status) {
        return Err(refusal(status, body));
    }
    let answer = parse(body).unwrap_or_default();
    let ts = answer.get("ts").and_then(Value::as_str);
    ts.map(str::to_owned).ok_or_else(malformed)
}

fn refusal(status: u16, body: &[u8]) -> CallError {
    // An answer from a proxy need not be JSON.
    let answer = parse(body).unwrap_or_default();
    let text = |name| {
        let text = answer.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let (code, message) = (text("code"), text("message"));
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

fn parse(body: &[u8]) -> Option<Value> {
    Value::from_json_str(std::str::from_utf8(body).ok()?).ok()
}

fn malformed() -> CallError {
    CallError::Network {
        message: "malformed answer".to_owned(),
    }
}
