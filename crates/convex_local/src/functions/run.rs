//! Running one function from start to end: snapshot, call, commit.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::oneshot;

use super::call_state::{Call, Finish, Logs, Txn, What, lock};
use super::catalog::Function;
use super::live::{self, Live};
use super::{FunctionError, Kind};
use crate::auth::Identity;
use crate::store::{CommitError, ReadSet, Timestamp, Transaction};

/// A function that is known to exist, and everything to run it with.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) function: Arc<Function>,
    pub(crate) args: Json,
    pub(crate) identity: Option<Identity>,
    pub(crate) logs: Logs,
    pub(crate) depth: usize,
}

/// A query's answer with what it depends on.
pub(crate) struct QueryRun {
    pub(crate) result: Result<Json, FunctionError>,
    pub(crate) ts: Timestamp,
    pub(crate) read_set: ReadSet,
    pub(crate) journal: Option<String>,
    pub(crate) used_identity: bool,
}

/// Runs a query on the newest snapshot.
pub(crate) async fn query(
    live: &Arc<Live>,
    invocation: &Invocation,
    journal: Option<String>,
) -> QueryRun {
    query_in(live, invocation, journal, live.shared.store.begin()).await
}

/// Runs a query on the snapshot of `tx`.
pub(crate) async fn query_in(
    live: &Arc<Live>,
    invocation: &Invocation,
    journal: Option<String>,
    tx: Transaction,
) -> QueryRun {
    let ts = tx.snapshot();
    let txn = Txn::new(tx, journal);
    let limit = live.shared.config.limits.transaction;
    let result = evaluate(live, invocation, Some(Arc::clone(&txn)), limit).await;
    let mut txn = lock(&txn);
    QueryRun {
        result,
        ts,
        read_set: txn
            .tx
            .take()
            .map(|tx| tx.into_read_set())
            .unwrap_or_default(),
        journal: txn.journal.written.take(),
        used_identity: txn.used_identity,
    }
}

/// Runs a mutation until it is committed or has failed for good.
pub(crate) async fn mutation(
    live: &Arc<Live>,
    invocation: &Invocation,
) -> (Result<Json, FunctionError>, Option<Timestamp>) {
    let limits = live.shared.config.limits;
    for attempt in 0..limits.mutation_tries.max(1) {
        let lines_before = lock(&invocation.logs).len();
        let txn = Txn::new(live.shared.store.begin(), None);
        let result = evaluate(live, invocation, Some(Arc::clone(&txn)), limits.transaction).await;
        let value = match result {
            Ok(value) => value,
            Err(error) => return (Err(error), None),
        };
        match commit(live, &txn).await {
            Ok(ts) => return (Ok(value), Some(ts)),
            Err(CommitError::Conflict) => {
                // Only the run that counts is seen.
                lock(&invocation.logs).truncate(lines_before);
                tokio::time::sleep(backoff(attempt)).await;
            }
            Err(error) => return (Err(FunctionError::new(error.to_string())), None),
        }
    }
    let path = &invocation.function.path;
    let message = format!(
        "Documents read by the mutation '{path}' changed while it was being run and on every \
         subsequent retry. See https://docs.convex.dev/error#1"
    );
    (Err(FunctionError::new(message)), None)
}

async fn commit(live: &Arc<Live>, txn: &Mutex<Txn>) -> Result<Timestamp, CommitError> {
    let (tx, jobs, cancelled) = {
        let mut txn = lock(txn);
        (
            txn.tx.take(),
            std::mem::take(&mut txn.jobs),
            std::mem::take(&mut txn.cancelled),
        )
    };
    let Some(tx) = tx else {
        return Err(CommitError::Conflict);
    };
    let ts = live.shared.store.commit(tx).await?;
    for id in cancelled {
        live.shared.cancel(&id);
    }
    if !jobs.is_empty() {
        live.shared.schedule(jobs);
    }
    Ok(ts)
}

/// Runs an action once.
pub(crate) async fn action(
    live: &Arc<Live>,
    invocation: &Invocation,
) -> Result<Json, FunctionError> {
    evaluate(live, invocation, None, live.shared.config.limits.action).await
}

async fn evaluate(
    live: &Arc<Live>,
    invocation: &Invocation,
    txn: Option<Arc<Mutex<Txn>>>,
    limit: Duration,
) -> Result<Json, FunctionError> {
    let function = &invocation.function;
    function.signature.check_args(&invocation.args)?;
    let (done, end) = oneshot::channel();
    let call = Arc::new(Call {
        id: live.number(),
        what: What::Function(Arc::clone(function)),
        identity: invocation.identity.clone(),
        logs: Arc::clone(&invocation.logs),
        now: live::now_ms(),
        txn,
        streams: Mutex::default(),
        depth: invocation.depth,
        finish: Mutex::new(Some(Finish::Root(done))),
    });
    let _guard = Forget { live, id: call.id };
    live.start(call, function, &invocation.args);
    let value = match tokio::time::timeout(limit, end).await {
        Ok(Ok(result)) => result?,
        Ok(Err(_)) => return Err(FunctionError::new("The function was given up")),
        Err(_) => return Err(timed_out(function, limit)),
    };
    function.signature.check_returns(&value)?;
    Ok(value)
}

/// Forgets a call whose caller has gone away or that has taken too long.
struct Forget<'a> {
    live: &'a Live,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.live.forget(self.id);
    }
}

fn timed_out(function: &Function, limit: Duration) -> FunctionError {
    let what = match function.kind {
        Kind::Action => "Action",
        Kind::Query | Kind::Mutation => "Function",
    };
    FunctionError::new(format!(
        "{what} execution timed out (maximum duration: {}s)",
        limit.as_secs_f64()
    ))
}

fn backoff(attempt: u32) -> Duration {
    let ceiling = 1_u64 << attempt.min(6);
    Duration::from_millis(rand::random_range(0..=ceiling))
}
