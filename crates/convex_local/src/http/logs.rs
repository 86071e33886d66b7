//! `GET /api/stream_function_logs`, which `npx convex logs` polls.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Administrator;
use crate::backend::Backend;
use crate::calls::{Call, Kind};

/// How long a request waits for a call.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
pub(super) struct After {
    #[serde(default)]
    cursor: u64,
}

/// Returns the calls after a cursor, with their log lines.
pub(super) async fn stream(
    _: Administrator,
    State(backend): State<Arc<Backend>>,
    Query(After { cursor }): Query<After>,
) -> Json<Value> {
    let following = backend.calls.following(cursor, PATIENCE);
    let (calls, next) = tokio::select! {
        following = following => following,
        () = backend.shutdown.cancelled() => (vec![], cursor),
    };
    let entries: Vec<_> = calls.iter().map(entry).collect();
    Json(json!({ "entries": entries, "newCursor": next }))
}

fn entry(call: &Call) -> Value {
    let kind = match call.kind {
        Kind::Query => "Query",
        Kind::Mutation => "Mutation",
        Kind::Action => "Action",
    };
    let at = call.at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut entry = json!({
        "kind": "Completion",
        "identifier": call.path,
        "udfType": kind,
        "logLines": call.logs,
        "timestamp": at.as_secs_f64(),
        "executionTime": call.took.as_secs_f64(),
        "cachedResult": false,
    });
    if let Some(error) = &call.error {
        entry["error"] = json!(error);
    }
    entry
}
