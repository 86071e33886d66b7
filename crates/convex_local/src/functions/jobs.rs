//! `ctx.scheduler`: jobs are rows, written in the transaction that schedules or cancels them.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::call_state::{Call, lock};
use super::catalog::Address;
use super::live::{Live, now_ms};
use super::{FunctionError, Kind, run};
use crate::store::{CommitError, DbError, JobKey, NewJob, Store, Transaction};

/// How far from now a job may be due, in milliseconds: five years of 365 days.
const FARTHEST: f64 = 5.0 * 365.0 * 24.0 * 3_600_000.0;

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

/// What is asked of the scheduler, understood and checked.
enum Step {
    Schedule(NewJob),
    Cancel(JobKey),
}

/// Schedules or cancels in the transaction of a mutation.
pub(crate) fn within(
    live: &Arc<Live>,
    call: &Call,
    op: &str,
    args: &str,
) -> Result<String, FunctionError> {
    if call.kind() == Some(Kind::Query) {
        return Err(FunctionError::new("Queries cannot schedule functions"));
    }
    let step = understand(live, call, op, args)?;
    let Some(txn) = &call.txn else {
        return Err(FunctionError::new("There is no transaction here"));
    };
    let answer = step.perform(call, lock(txn).open()?);
    answer.map_err(|error| FunctionError::new(error.to_string()))
}

/// Schedules or cancels for an action, in a transaction of its own, and answers `sequence`.
pub(crate) fn start(live: &Arc<Live>, call: &Arc<Call>, sequence: u64, op: &str, args: &str) {
    match understand(live, call, op, args) {
        Err(error) => live.answer(sequence, Err(error)),
        Ok(step) => {
            let (live, call) = (Arc::clone(live), Arc::clone(call));
            tokio::spawn(async move {
                let answer = alone(&live.shared.store, &call, &step).await;
                live.answer(sequence, answer);
            });
        }
    }
}

async fn alone(store: &Store, call: &Call, step: &Step) -> Result<String, FunctionError> {
    let mut attempt = 0;
    loop {
        let mut tx = store.begin();
        let answer = step.perform(call, &mut tx);
        let answer = answer.map_err(|error| FunctionError::new(error.to_string()))?;
        match store.commit(tx).await {
            Ok(_) => return Ok(answer),
            // Cancelled just when it began or ended: look again.
            Err(CommitError::Conflict) => tokio::time::sleep(run::backoff(attempt)).await,
            Err(error) => return Err(FunctionError::interrupted(error.to_string())),
        }
        attempt += 1;
    }
}

impl Step {
    fn perform(&self, call: &Call, tx: &mut Transaction) -> Result<String, DbError> {
        Ok(match self {
            Self::Schedule(job) => {
                let id = tx.schedule(call.component(), job)?;
                Json::from(id).to_string()
            }
            Self::Cancel(job) => {
                tx.cancel_job(job, now_ms_f64())?;
                "null".to_owned()
            }
        })
    }
}

fn understand(live: &Arc<Live>, call: &Call, op: &str, args: &str) -> Result<Step, FunctionError> {
    let malformed = |error| FunctionError::new(format!("Invalid arguments of {op}: {error}"));
    if op.ends_with("cancel_job") {
        let Cancel { id } = serde_json::from_str(args).map_err(malformed)?;
        let component = call.component().clone();
        return Ok(Step::Cancel(JobKey { component, id }));
    }
    let Schedule { ts, args, address } = serde_json::from_str(args).map_err(malformed)?;
    let function = live.catalog.resolve(call.mount(), &address)?;
    if function.kind == Kind::Query {
        return Err(FunctionError::new(format!(
            "Only mutations and actions can be scheduled, but {} is a query",
            function.path
        )));
    }
    function.signature.check_args(&args)?;
    Ok(Step::Schedule(NewJob {
        mount: function.mount.clone(),
        path: function.path.clone(),
        args,
        due_ms: due_ms(ts)?,
    }))
}

/// Milliseconds since 1970 of a time in seconds, which has lost some precision on its way here.
fn due_ms(seconds: f64) -> Result<f64, FunctionError> {
    let due = (seconds * 1e6).round() / 1e3;
    let distance = due - now_ms_f64();
    if !distance.is_finite() || distance.abs() > FARTHEST {
        let side = if distance < 0.0 { "past" } else { "future" };
        return Err(FunctionError::new(format!(
            "The time of a scheduled function is more than 5 years in the {side}"
        )));
    }
    Ok(due)
}

fn now_ms_f64() -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let now = now_ms() as f64;
    now
}
