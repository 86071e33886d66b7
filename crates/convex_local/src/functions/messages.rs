//! Reading what the runner says.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value as Json;

use super::call_state::{Call, Finish, HttpPart, What, lock};
use super::manifest::Manifest;
use super::request::RequestId;
use super::worker::Incoming;
use super::{FunctionError, LoadError};

/// Reads messages until the process has loaded the folder or refused it.
pub(super) async fn read_manifest(incoming: &mut Incoming) -> Result<Manifest, LoadError> {
    while let Some(line) = incoming.next().await {
        let (kind, rest) = line.split_at_checked(2).unwrap_or((line, ""));
        match kind {
            "M " => {
                return serde_json::from_str(rest).map_err(|error| {
                    LoadError::new(format!("unexpected answer of the runner: {error}"))
                });
            }
            "F " => return Err(LoadError::new(parse_error(rest).message)),
            "L " => log_outside(rest.split_once(' ').map_or("", |(_, line)| line)),
            _ => {}
        }
    }
    Err(LoadError::new(
        "The process that loads functions ended unexpectedly.",
    ))
}

pub(super) fn parse(json: &str) -> Result<Json, FunctionError> {
    serde_json::from_str(json)
        .map_err(|error| FunctionError::new(format!("The function's result is not JSON: {error}")))
}

pub(super) fn parse_error(json: &str) -> FunctionError {
    #[derive(Deserialize)]
    struct Thrown {
        message: String,
        data: Option<Json>,
    }
    match serde_json::from_str::<Thrown>(json) {
        Ok(Thrown { message, data }) => FunctionError {
            data,
            ..FunctionError::new(message)
        },
        Err(_) => FunctionError::new("Uncaught Error"),
    }
}

/// A JSON string; anything else is no text.
pub(super) fn parse_text(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_default()
}

pub(super) fn log_line(call: &Call, json: &str) {
    let Ok((level, text)) = serde_json::from_str::<(String, String)>(json) else {
        return;
    };
    trace(&level, &call.label(), Some(call.request.id), &text);
    lock(&call.request.logs).push(format!("[{level}] {text}"));
}

pub(super) fn log_outside(json: &str) {
    if let Ok((level, text)) = serde_json::from_str::<(String, String)>(json) {
        trace(&level, "loading", None, &text);
    }
}

fn trace(level: &str, function: &str, request: Option<RequestId>, text: &str) {
    let request = request.map(tracing::field::display);
    match level {
        "ERROR" => tracing::error!(target: "convex_local::functions", %function, request, "{text}"),
        "WARN" => tracing::warn!(target: "convex_local::functions", %function, request, "{text}"),
        "DEBUG" => tracing::debug!(target: "convex_local::functions", %function, request, "{text}"),
        _ => tracing::info!(target: "convex_local::functions", %function, request, "{text}"),
    }
}

pub(super) fn http_head(call: &Call, json: &str) {
    #[derive(Deserialize)]
    struct Head {
        status: u16,
        headers: Vec<(String, String)>,
    }
    if let Ok(Head { status, headers }) = serde_json::from_str(json) {
        send_part(call, HttpPart::Head { status, headers });
    }
}

pub(super) fn http_chunk(call: &Call, base64: &str) {
    if let Ok(bytes) = BASE64_STANDARD.decode(base64) {
        send_part(call, HttpPart::Chunk(bytes.into()));
    }
}

fn send_part(call: &Call, part: HttpPart) {
    if let (What::Http { .. }, Some(Finish::Http(parts))) = (&call.what, &*lock(&call.finish)) {
        let _ = parts.send(part);
    }
}
