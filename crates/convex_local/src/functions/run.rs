//! Running one function from start to end: snapshot, call, commit.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::oneshot;

use super::FunctionError;
use super::call_state::{Call, Finish, Txn, What, lock};
use super::catalog::Function;
use super::live::{self, Live};
use super::request::Request;
use super::storage::Intakes;
use crate::auth::Identity;
use crate::store::{CommitError, ReadSet, RequestKey, RequestRecord, Timestamp, Transaction};

/// A function that is known to exist, and everything to run it with.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) function: Arc<Function>,
    pub(crate) args: Arc<Json>,
    pub(crate) identity: Option<Identity>,
    pub(crate) request: Request,
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

impl QueryRun {
    /// The query never ran.
    pub(crate) fn failed(error: FunctionError, tx: Transaction) -> Self {
        Self {
            result: Err(error),
            ts: tx.snapshot(),
            read_set: tx.into_read_set(),
            journal: None,
            used_identity: false,
        }
    }
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

/// What is done in a mutation's transaction besides running the function.
pub(crate) trait Around: Send + Sync {
    /// Before the function runs.
    ///
    /// # Errors
    /// Why it is not to run (any more).
    fn before(&self, _tx: &mut Transaction) -> Result<(), FunctionError> {
        Ok(())
    }

    /// When it has answered `value`, in the same commit.
    ///
    /// # Errors
    /// Why it is not to be committed.
    fn after(
        &self,
        _tx: &mut Transaction,
        _value: &Json,
        _logs: &[String],
    ) -> Result<(), FunctionError> {
        Ok(())
    }

    /// How often it is run after write conflicts, if not as often as a client's mutations are.
    fn tries(&self) -> Option<u32> {
        None
    }
}

/// Nothing else.
pub(crate) struct Alone;

impl Around for Alone {}

/// Keeps what is answered to a client's request.
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

/// Runs a mutation until it is committed or has failed for good.
pub(crate) async fn mutation(
    live: &Arc<Live>,
    invocation: &Invocation,
    around: &dyn Around,
) -> Result<(Json, Timestamp), FunctionError> {
    let limits = live.shared.config.limits;
    let tries = around.tries().unwrap_or(limits.mutation_tries).max(1);
    for attempt in 0..tries {
        let lines_before = lock(&invocation.request.logs).len();
        let mut tx = live.shared.store.begin();
        around.before(&mut tx)?;
        let txn = Txn::new(tx, None);
        let value = evaluate(live, invocation, Some(Arc::clone(&txn)), limits.transaction).await?;
        let mut tx = lock(&txn).take()?;
        around.after(&mut tx, &value, &lock(&invocation.request.logs))?;
        match live.shared.store.commit(tx).await {
            Ok(ts) => return Ok((value, ts)),
            Err(CommitError::Conflict) => {
                // Only the run that counts is seen.
                lock(&invocation.request.logs).truncate(lines_before);
                tokio::time::sleep(backoff(attempt)).await;
            }
            Err(error) => return Err(FunctionError::interrupted(error.to_string())),
        }
    }
    let path = &invocation.function.path;
    Err(FunctionError::new(format!(
        "Documents read by the mutation '{path}' changed while it was being run and on every \
         subsequent retry. See https://docs.convex.dev/error#1"
    )))
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
        request: invocation.request.clone(),
        now: live::now_ms(),
        txn,
        streams: Mutex::default(),
        intakes: Intakes::default(),
        paginated: AtomicBool::default(),
        depth: invocation.depth,
        finish: Mutex::new(Some(Finish::Root(done))),
    });
    let _guard = Forget { live, id: call.id };
    live.start(call, function, &invocation.args);
    let value = match tokio::time::timeout(limit, end).await {
        Ok(Ok(result)) => result?,
        Ok(Err(_)) => return Err(FunctionError::new("The function was given up")),
        Err(_) => return Err(live.overdue(&invocation.request, limit)),
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

/// How long to wait before trying again after a write conflict.
pub(crate) fn backoff(attempt: u32) -> Duration {
    let ceiling = 1_u64 << attempt.min(6);
    Duration::from_millis(rand::random_range(0..=ceiling))
}
