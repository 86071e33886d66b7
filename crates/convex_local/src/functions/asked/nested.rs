//! Functions that functions call within one transaction (`1.0/runUdf`).
//!
//! A nested mutation is a sub-transaction: when it fails, its writes and scheduled jobs are undone, and its caller may
//! continue. `transactionLimits` apply to it and to the functions that it calls. The runner holds back all other
//! requests of the caller while the nested call runs, so all writes since the savepoint belong to the nested call.
//!
//! A query with `useStaleSnapshot` is nested in name only: it runs in a transaction of its own, on the data that its
//! caller began with, and its reads cause no conflict.

use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Answer, Args, Nested};
use crate::functions::error::FunctionError;
use crate::functions::folder::{Address, Kind};
use crate::functions::running::{Call, Context, Run, Txn};
use crate::lock::lock;
use crate::store::{Savepoint, TransactionLimits};

/// The name of a query with `useStaleSnapshot` in `convex/server`.
const SNAPSHOT_QUERY: &str = "snapshotQuery";

/// Convex's own limit of calls within calls.
const MAX_DEPTH: usize = 8;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunUdf {
    udf_type: String,
    args: Args,
    /// The limits of the nested call.
    transaction_limits: Option<TransactionLimits>,
    #[serde(flatten)]
    address: Address,
}

/// Returns the call that a query or mutation makes in its transaction.
pub(super) fn begin(context: &Context, run: &Run, args: &str) -> Result<Nested, FunctionError> {
    let RunUdf {
        udf_type,
        args,
        transaction_limits,
        address,
    } = serde_json::from_str(args)
        .map_err(|error| FunctionError::new(format!("Invalid arguments of runUdf: {error}")))?;
    let args = args.into_object()?;
    let function = context.catalog.resolve(run.call.mount(), &address)?;
    function.expect(kind_for(&run.call, &udf_type)?)?;
    if run.call.depth >= MAX_DEPTH {
        return Err(FunctionError::new(
            "Cross component call depth limit exceeded. Do you have an infinite loop in your app?",
        ));
    }
    let own = run
        .txn
        .clone()
        .ok_or_else(|| FunctionError::new("There is no transaction here"))?;
    let txn = if udf_type == SNAPSHOT_QUERY {
        beside(&own)?
    } else {
        own
    };
    let call = run.call.inner(Arc::clone(function), args);
    let savepoint = {
        let mut txn = lock(&txn);
        let tx = txn.open()?;
        call.check_args(tx, run.call.kind() == Some(Kind::Mutation))?;
        let savepoint = tx.savepoint();
        if let Some(limits) = &transaction_limits {
            tx.limit(limits);
        }
        savepoint
    };
    Ok(Nested {
        call,
        txn,
        savepoint,
    })
}

/// Returns a transaction on the data that `txn` began with, without what it has written since.
fn beside(txn: &Mutex<Txn>) -> Result<Arc<Mutex<Txn>>, FunctionError> {
    let mut own = lock(txn);
    let own = own.open()?;
    let mut tx = own.beside();
    tx.limit_as(own);
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

/// Ends a nested call, undoes it if it has failed, and returns the answer for its caller.
pub(crate) fn settle(
    run: &Run,
    savepoint: Savepoint,
    result: Result<Json, FunctionError>,
) -> Answer {
    let mut txn = run.txn.as_deref().map(lock);
    let Some(tx) = txn.as_mut().and_then(|txn| txn.open().ok()) else {
        return result.map(|value| value.to_string());
    };
    let checked = result.and_then(|value| run.call.check_returns(&value, tx).map(|()| value));
    match checked {
        Ok(_) => tx.release(&savepoint),
        Err(_) => tx.rollback_to(savepoint),
    }
    checked.map(|value| value.to_string())
}
