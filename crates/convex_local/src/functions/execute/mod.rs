//! The execution of a function from start to end: snapshot, call, commit. `http` runs HTTP actions; `entrance` lets
//! mutations take their places.

mod entrance;
pub(crate) mod http;

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::oneshot;

use crate::clock::now_ms;
use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;
use crate::functions::running::{Call, Finish, Host, Place, Run, Runner, Txn};
use crate::lock::lock;
use crate::store::{ReadSet, RequestKey, RequestRecord, Store, Timestamp, Transaction, WorkKind};
use crate::value::commit_json_at;
use entrance::Entrance;

/// The result of a query with its dependencies.
pub(crate) struct QueryRun {
    pub(crate) result: Result<Json, FunctionError>,
    pub(crate) ts: Timestamp,
    pub(crate) read_set: ReadSet,
    pub(crate) journal: Option<String>,
    pub(crate) used_identity: bool,
    pub(crate) used_clock: bool,
}

impl QueryRun {
    /// Creates the outcome of a query that never ran.
    pub(crate) fn failed(error: FunctionError, tx: Transaction) -> Self {
        Self {
            result: Err(error),
            ts: tx.snapshot(),
            read_set: tx.into_read_set(),
            journal: None,
            used_identity: false,
            used_clock: false,
        }
    }
}

/// Runs a function of any kind that an action calls.
///
/// # Errors
/// The error of the function.
pub(crate) async fn by_kind(runner: Arc<Runner>, call: &Call) -> Result<Json, FunctionError> {
    let kind = call.kind().unwrap_or(Kind::Action);
    match kind {
        Kind::Query => {
            let deadline = runner.context.host.admission.deadline();
            let place = Place::beside(runner, kind, deadline).await?;
            let tx = store(&place.runner).begin();
            query(&place, call, None, tx).await.result
        }
        Kind::Mutation => {
            let host = Arc::clone(&runner.context.host);
            let deadline = host.admission.deadline();
            let enter = || async {
                let place = Place::beside(Arc::clone(&runner), kind, deadline).await?;
                Ok((place, call.clone()))
            };
            Ok(mutation(&host, call.work_kind(), enter, &Alone).await?.0)
        }
        // Actions that wait for actions hold places already. If the inner ones waited in line here, all of them might
        // wait for one another.
        Kind::Action => action(&runner, call).await,
    }
}

/// Runs a query on the snapshot of `tx`.
pub(crate) async fn query(
    place: &Place,
    call: &Call,
    journal: Option<String>,
    tx: Transaction,
) -> QueryRun {
    let ts = tx.snapshot();
    let txn = Txn::new(tx, journal);
    let limit = place.runner.context.host.config.limits.transaction;
    let result = evaluate(&place.runner, call, Some(Arc::clone(&txn)), limit).await;
    let mut txn = lock(&txn);
    QueryRun {
        result,
        ts,
        read_set: txn
            .take()
            .map(Transaction::into_read_set)
            .unwrap_or_default(),
        journal: txn.journal.written.take(),
        used_identity: txn.used_identity,
        used_clock: txn.used_clock,
    }
}

fn store(runner: &Runner) -> &Store {
    &runner.context.host.store
}

/// The work in a mutation's transaction besides running the function.
pub(crate) trait Around: Send + Sync {
    /// Runs before the function does.
    ///
    /// # Errors
    /// The reason why the function must not run (any more).
    fn before(&self, _tx: &mut Transaction) -> Result<(), FunctionError> {
        Ok(())
    }

    /// Runs after the function has returned `value`, in the same commit.
    ///
    /// # Errors
    /// The reason why the mutation must not be committed.
    fn after(
        &self,
        _tx: &mut Transaction,
        _value: &Json,
        _logs: &[String],
    ) -> Result<(), FunctionError> {
        Ok(())
    }
}

/// No additional work.
pub(crate) struct Alone;

impl Around for Alone {}

/// Stores the response to a client's request.
pub(crate) struct Noted(pub(crate) RequestKey);

impl Around for Noted {
    fn after(
        &self,
        tx: &mut Transaction,
        value: &Json,
        logs: &[String],
    ) -> Result<(), FunctionError> {
        tx.note_request(RequestRecord {
            key: self.0.clone(),
            result: value.to_string(),
            logs: logs.to_vec(),
        });
        Ok(())
    }
}

/// Runs a mutation until it is committed or has failed by itself. `enter` waits for its place, which it takes only
/// when it can run.
pub(crate) async fn mutation<F, R>(
    host: &Host,
    kind: Option<WorkKind>,
    enter: F,
    around: &dyn Around,
) -> Result<(Json, Timestamp), FunctionError>
where
    F: Fn() -> R + Sync,
    R: Future<Output = Result<(Place, Call), FunctionError>> + Send,
{
    let limit = host.config.limits.transaction;
    let entrance = Entrance::new(enter);
    let stored = Mutex::new(vec![]);
    let run = async |mut tx: Transaction| {
        let entered = entrance.run()?;
        let (place, call) = (&entered.place, &entered.call);
        // Only the log lines of the last run are kept.
        lock(&call.request.logs).truncate(entered.lines_before);
        around.before(&mut tx)?;
        let txn = Txn::new(tx, None);
        let value = evaluate(&place.runner, call, Some(Arc::clone(&txn)), limit).await;
        lock(&stored).append(&mut lock(&txn).stored);
        let value = value?;
        // Other calls run while this one waits for its commit and the disk. If it loses, it runs again at once: it
        // has waited already, and others may wait for it.
        place.leave();
        let mut tx = lock(&txn).take()?;
        around.after(&mut tx, &value, &lock(&call.request.logs))?;
        Ok((value, tx))
    };
    let result = host.store.transact(kind, &entrance, &run).await;
    let stored = std::mem::take(&mut *lock(&stored));
    host.files.clear_uncommitted(stored);
    let (mut value, ts) = result?;
    commit_json_at(&mut value, i64::try_from(ts.0).unwrap_or(i64::MAX));
    Ok((value, ts))
}

/// Runs an action once.
pub(crate) async fn action(runner: &Arc<Runner>, call: &Call) -> Result<Json, FunctionError> {
    let limit = runner.context.host.config.limits.action;
    evaluate(runner, call, None, limit).await
}

async fn evaluate(
    runner: &Arc<Runner>,
    call: &Call,
    txn: Option<Arc<Mutex<Txn>>>,
    limit: Duration,
) -> Result<Json, FunctionError> {
    on_tables(runner, txn.as_deref(), |tx| call.check_args(tx, false))?;
    let (done, end) = oneshot::channel();
    let id = runner.number();
    let _guard = GiveUp { runner, id };
    runner.start(&Run::new(
        id,
        call.clone(),
        now_ms(),
        txn.clone(),
        Finish::Root(done),
    ));
    let value = match tokio::time::timeout(limit, end).await {
        Ok(Ok(result)) => result?,
        Ok(Err(_)) => return Err(FunctionError::new("The function was given up")),
        Err(_) => return Err(runner.overdue(call, limit)),
    };
    on_tables(runner, txn.as_deref(), |tx| call.check_returns(&value, tx))?;
    Ok(value)
}

/// Checks something on the tables that the function sees: those of its transaction, else the newest.
fn on_tables(
    runner: &Runner,
    txn: Option<&Mutex<Txn>>,
    check: impl FnOnce(&Transaction) -> Result<(), FunctionError>,
) -> Result<(), FunctionError> {
    match txn {
        Some(txn) => check(lock(txn).open()?),
        None => check(&store(runner).begin()),
    }
}

/// Gives up a run whose caller is gone or that has taken too long.
struct GiveUp<'a> {
    runner: &'a Runner,
    id: u64,
}

impl Drop for GiveUp<'_> {
    fn drop(&mut self) {
        self.runner.give_up(self.id);
    }
}
