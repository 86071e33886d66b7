//! Functions that functions call within one transaction (`1.0/runUdf`).
//!
//! A nested mutation is a sub-transaction: when it fails, its writes and scheduled jobs are undone
//! and its caller may carry on. The runner holds back whatever else the caller asks for while
//! the nested call runs, so the savepoint's writes are the nested call's alone.
//!
//! A query with `useStaleSnapshot` is nested in name only: it runs in a transaction of its own, on the data
//! its caller began with, and what it reads makes no conflict.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::Value as Json;

use super::call_state::{Call, Finish, Nested, Txn, What, lock};
use super::catalog::Address;
use super::live::Live;
use super::storage::Intakes;
use super::{FunctionError, Kind};

/// How `convex/server` names a query with `useStaleSnapshot`.
const SNAPSHOT_QUERY: &str = "snapshotQuery";

/// Convex's own limit of calls within calls.
const MAX_DEPTH: usize = 8;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunUdf {
    udf_type: String,
    args: Json,
    #[serde(flatten)]
    address: Address,
}

/// Starts a nested call; its end answers system call `sequence`.
pub(crate) fn start(live: &Arc<Live>, call: &Arc<Call>, sequence: u64, args: &str) {
    if let Err(error) = try_start(live, call, sequence, args) {
        live.answer(sequence, Err(error));
    }
}

fn try_start(
    live: &Arc<Live>,
    call: &Arc<Call>,
    sequence: u64,
    args: &str,
) -> Result<(), FunctionError> {
    let RunUdf {
        udf_type,
        args,
        address,
    } = serde_json::from_str(args)
        .map_err(|error| FunctionError::new(format!("Invalid arguments of runUdf: {error}")))?;
    let function = live.catalog.resolve(call.mount(), &address)?;
    function.expect(kind_for(call, &udf_type)?)?;
    function.signature.check_args(&args)?;
    if call.depth >= MAX_DEPTH {
        return Err(FunctionError::new(
            "Cross component call depth limit exceeded. Do you have an infinite loop in your app?",
        ));
    }
    let own = call
        .txn
        .clone()
        .ok_or_else(|| FunctionError::new("There is no transaction here"))?;
    let txn = if udf_type == SNAPSHOT_QUERY {
        beside(live, &own)?
    } else {
        own
    };
    let nested = {
        let mut txn = lock(&txn);
        Nested {
            sequence,
            savepoint: txn.open()?.savepoint(),
        }
    };
    let child = Arc::new(Call {
        id: live.number(),
        what: What::Function(Arc::clone(function)),
        identity: call.identity.clone(),
        request: call.request.clone(),
        now: call.now,
        txn: Some(txn),
        streams: Mutex::default(),
        intakes: Intakes::default(),
        paginated: AtomicBool::default(),
        depth: call.depth + 1,
        finish: Mutex::new(Some(Finish::Nested(nested))),
    });
    live.start(child, function, &args);
    Ok(())
}

/// A transaction on the data that `txn` began with, without what it has written since.
fn beside(live: &Live, txn: &Mutex<Txn>) -> Result<Arc<Mutex<Txn>>, FunctionError> {
    let store = &live.shared.store;
    let began = lock(txn).open()?.snapshot();
    // Of a mutation that has run for minutes the snapshot may be gone; a newer one is recent, too.
    let tx = store.begin_at(began).unwrap_or_else(|| store.begin());
    Ok(Txn::new(tx, None))
}

fn kind_for(call: &Call, udf_type: &str) -> Result<Kind, FunctionError> {
    match (call.kind(), udf_type) {
        (Some(Kind::Query | Kind::Mutation), "query") => Ok(Kind::Query),
        (Some(Kind::Mutation), "mutation") => Ok(Kind::Mutation),
        (Some(Kind::Mutation), SNAPSHOT_QUERY) => Ok(Kind::Query),
        (kind, _) => Err(FunctionError::new(format!(
            "Cannot call a {udf_type} function from a {} function",
            kind.map_or_else(|| "HttpAction".to_owned(), |kind| kind.to_string())
        ))),
    }
}

/// Ends a nested call: undoes it when it failed and tells its caller.
pub(crate) fn finish(
    live: &Arc<Live>,
    call: &Arc<Call>,
    nested: &Nested,
    result: Result<Json, FunctionError>,
) {
    let result = result.and_then(|value| checked(call, value));
    if result.is_err()
        && let Some(txn) = &call.txn
    {
        let mut txn = lock(txn);
        if let Ok(tx) = txn.open() {
            tx.rollback_to(nested.savepoint.clone());
        }
    }
    live.answer(nested.sequence, result.map(|value| value.to_string()));
}

fn checked(call: &Call, value: Json) -> Result<Json, FunctionError> {
    if let What::Function(function) = &call.what {
        function.signature.check_returns(&value)?;
    }
    Ok(value)
}
