//! Who calls, and what runs.

use serde_json::json;

use super::Answer;
use crate::functions::error::FunctionError;
use crate::functions::request::print_line;
use crate::functions::running::Run;
use crate::lock::lock;
use crate::value::Value;

/// `ctx.auth.getUserIdentity()`.
pub(super) fn user_identity(run: &Run) -> String {
    if let Some(txn) = &run.txn {
        lock(txn).used_identity = true;
    }
    match &run.call.identity {
        Some(identity) => identity.claims.to_string(),
        None => "null".to_owned(),
    }
}

/// `ctx.meta.getFunctionMetadata()`.
pub(super) fn function(run: &Run) -> String {
    json!({ "name": run.call.path(), "componentPath": run.call.mount() }).to_string()
}

/// `ctx.meta.getSnapshotTs()`: nanoseconds since 1970.
pub(super) fn snapshot(run: &Run) -> Answer {
    let Some(txn) = &run.txn else {
        return Err(FunctionError::new(
            "getSnapshotTs() can only be used in queries and mutations",
        ));
    };
    let ts = lock(txn).open()?.snapshot();
    let ts = i64::try_from(u64::from(ts)).unwrap_or(i64::MAX);
    Ok(Value::Int64(ts).to_json().to_string())
}

/// An entry of the audit log, which here is the backend's log.
pub(super) fn audit(run: &Run, entry: &str) -> String {
    let request = Some(run.call.request.id);
    print_line(
        "INFO",
        &run.call.label(),
        request,
        &format!("audit: {entry}"),
    );
    "null".to_owned()
}

/// `ctx.meta.getDeploymentMetadata()`.
pub(super) fn deployment() -> String {
    json!({ "name": crate::INSTANCE_NAME, "region": null, "class": "local" }).to_string()
}

/// `ctx.meta.getRequestMetadata()`.
pub(super) fn request(run: &Run) -> String {
    json!({
        "ip": null,
        "userAgent": null,
        "requestId": run.call.request.id.to_string(),
        "scheduledFunctionId": null,
        "authToken": null,
    })
    .to_string()
}
