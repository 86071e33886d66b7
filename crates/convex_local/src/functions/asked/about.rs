//! Who calls, and what runs.

use serde_json::json;

use crate::functions::running::Run;
use crate::lock::lock;

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
