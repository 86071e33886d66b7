//! `ctx.scheduler`: jobs belong to the transaction that schedules them.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::call_state::{Call, lock};
use super::catalog::Address;
use super::live::Live;
use super::scheduler::Job;
use super::{FunctionError, Kind};
use crate::store::new_scheduled_function_id;

#[derive(Deserialize)]
struct Schedule {
    /// Seconds since 1970.
    ts: f64,
    args: Json,
    #[serde(flatten)]
    address: Address,
}

#[derive(Deserialize)]
struct Cancel {
    id: String,
}

/// Notes a job; a mutation's jobs start only once it has committed.
pub(crate) fn schedule(live: &Arc<Live>, call: &Call, args: &str) -> Result<String, FunctionError> {
    let Schedule { ts, args, address } = serde_json::from_str(args)
        .map_err(|error| FunctionError::new(format!("Invalid arguments of schedule: {error}")))?;
    let function = live.catalog.resolve(call.mount(), &address)?;
    if function.kind == Kind::Query {
        return Err(FunctionError::new(format!(
            "Only mutations and actions can be scheduled, but {} is a query",
            function.path
        )));
    }
    function.signature.check_args(&args)?;
    let job = Job {
        id: new_scheduled_function_id(),
        component: function.mount.clone(),
        path: function.path.clone(),
        kind: function.kind,
        args,
        due_ms: ts * 1000.0,
    };
    let id = Json::from(job.id.as_str()).to_string();
    match &call.txn {
        Some(txn) => lock(txn).jobs.push(job),
        None => live.shared.schedule(vec![job]),
    }
    Ok(id)
}

/// Takes a job back.
pub(crate) fn cancel(live: &Arc<Live>, call: &Call, args: &str) -> Result<String, FunctionError> {
    let Cancel { id } = serde_json::from_str(args)
        .map_err(|error| FunctionError::new(format!("Invalid arguments of cancel: {error}")))?;
    match &call.txn {
        Some(txn) => {
            let mut txn = lock(txn);
            txn.jobs.retain(|job| job.id != id);
            txn.cancelled.push(id);
        }
        None => live.shared.cancel(&id),
    }
    Ok("null".to_owned())
}
