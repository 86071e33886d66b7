//! The system calls for information on the caller and the running function.

use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::{Answer, parse};
use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;
use crate::functions::origin::Origin;
use crate::functions::request::print_line;
use crate::functions::running::{Context, Run};
use crate::lock::lock;
use crate::value::Value;

/// Returns `ctx.auth.getUserIdentity()`.
pub(super) fn user_identity(run: &Run) -> String {
    if let Some(txn) = &run.txn {
        lock(txn).used_identity = true;
    }
    match &run.call.identity {
        Some(identity) => identity.claims.to_string(),
        None => "null".to_owned(),
    }
}

/// Returns `ctx.meta.getFunctionMetadata()`.
pub(super) fn function(run: &Run) -> String {
    json!({ "name": run.call.path(), "componentPath": run.call.mount() }).to_string()
}

/// Returns `ctx.meta.getSnapshotTs()`: nanoseconds since 1970.
pub(super) fn snapshot(run: &Run) -> Answer {
    let Some(txn) = &run.txn else {
        return Err(FunctionError::new(
            "getSnapshotTs() can only be used in queries and mutations",
        ));
    };
    // As with `Date.now()`, the result differs each time.
    run.note_clock();
    let ts = lock(txn).open()?.snapshot();
    let ts = i64::try_from(u64::from(ts)).unwrap_or(i64::MAX);
    Ok(Value::Int64(ts).to_json().to_string())
}

/// Returns `ctx.meta.getTransactionMetrics()`: what is used and what remains.
pub(super) fn metrics(run: &Run) -> Answer {
    let Some(txn) = &run.txn else {
        return Err(FunctionError::new(
            "getTransactionMetrics() can only be called from a query or mutation. It is not \
             available in actions or outside of a Convex function.",
        ));
    };
    let mut txn = lock(txn);
    Ok(txn.open()?.metrics().to_string())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignJwt {
    #[serde(default)]
    claims: Map<String, Json>,
    expires_in_seconds: f64,
}

/// Returns `ctx.auth.signJwt()`: a token signed with the deployment's own key.
pub(super) fn sign(context: &Context, run: &Run, args: &str) -> Answer {
    if run.call.kind() != Some(Kind::Mutation) {
        return Err(FunctionError::new(
            "ctx.auth.signJwt() is only available in mutations",
        ));
    }
    let SignJwt {
        claims,
        expires_in_seconds,
    } = parse(args)?;
    let signer = &context.host.signer;
    let now = SystemTime::now();
    let token = signer.sign(run.call.component(), claims, expires_in_seconds, now);
    let token = token.map_err(|error| FunctionError::new(error.to_string()))?;
    Ok(Json::from(token).to_string())
}

/// Writes an entry of the audit log, which here is the backend's log.
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

/// Returns `ctx.meta.getDeploymentMetadata()`.
pub(super) fn deployment() -> String {
    json!({ "name": crate::INSTANCE_NAME, "region": null, "class": "local" }).to_string()
}

/// Returns `ctx.meta.getRequestMetadata()`.
pub(super) fn request(run: &Run) -> Answer {
    if run.call.kind() == Some(Kind::Query) {
        return Err(FunctionError::new("Cannot get request metadata in a Query"));
    }
    let request = &run.call.request;
    let Origin {
        ip,
        user_agent,
        auth_token,
        scheduled_function,
        ..
    } = &*request.origin;
    let answer = json!({
        "ip": ip,
        "userAgent": user_agent,
        "requestId": request.id.to_string(),
        "scheduledFunctionId": scheduled_function,
        "authToken": auth_token,
    });
    Ok(answer.to_string())
}
