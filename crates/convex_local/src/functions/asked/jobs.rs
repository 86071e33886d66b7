//! `ctx.scheduler`: jobs are rows, written in the transaction that schedules or cancels them.

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Answer, Args, Reply};
use crate::clock::now_ms;
use crate::functions::error::FunctionError;
use crate::functions::folder::{Address, Kind};
use crate::functions::running::{Context, Run};
use crate::lock::lock;
use crate::store::{ComponentPath, DbError, JobKey, JobState, NewJob, Transaction};

/// How far from now a job may be due, in milliseconds: five years of 366 days, as on Convex.
const FARTHEST: f64 = 5.0 * 366.0 * 24.0 * 3_600_000.0;

#[derive(Deserialize)]
struct Schedule {
    /// Seconds since 1970.
    ts: f64,
    args: Args,
    #[serde(flatten)]
    address: Address,
}

#[derive(Deserialize)]
struct Cancel {
    id: String,
}

/// A checked request to the scheduler.
enum Step {
    /// With the job that the calling function runs for, if there is one.
    Schedule(NewJob, Option<JobKey>),
    Cancel(JobKey),
}

/// Schedules or cancels a job in the transaction of a mutation.
pub(super) fn within(context: &Context, run: &Run, op: &str, args: &str) -> Answer {
    if run.call.kind() == Some(Kind::Query) {
        return Err(FunctionError::new("Queries cannot schedule functions"));
    }
    let step = understand(context, run, op, args)?;
    let own = run.call.request.job.as_ref().map(|own| &own.id);
    if matches!(&step, Step::Cancel(job) if own == Some(&job.id)) {
        // As on Convex with this version of the functions library.
        return Ok("null".to_owned());
    }
    let Some(txn) = &run.txn else {
        return Err(FunctionError::new("There is no transaction here"));
    };
    step.perform(run.call.component(), lock(txn).open()?)
}

/// Schedules or cancels a job for an action, in a transaction of its own.
pub(super) fn alone(
    context: &Context,
    run: &Run,
    op: &str,
    args: &str,
) -> Result<Reply, FunctionError> {
    let step = understand(context, run, op, args)?;
    let (store, component) = (context.host.store.clone(), run.call.component().clone());
    Ok(Reply::Later(Box::pin(async move {
        // This can conflict: the job is cancelled just when it begins or ends.
        store.write(|tx| step.perform(&component, tx)).await
    })))
}

impl Step {
    fn perform(&self, component: &ComponentPath, tx: &mut Transaction) -> Answer {
        let answer = match self {
            Self::Schedule(job, parent) => {
                schedule(tx, component, job, parent.as_ref()).map(|id| Json::from(id).to_string())
            }
            Self::Cancel(job) => tx.cancel_job(job, now_ms_f64()).map(|()| "null".to_owned()),
        };
        answer.map_err(|error| FunctionError::new(error.to_string()))
    }
}

fn understand(context: &Context, run: &Run, op: &str, args: &str) -> Result<Step, FunctionError> {
    let malformed = |error| FunctionError::new(format!("Invalid arguments of {op}: {error}"));
    if op.ends_with("cancel_job") {
        let Cancel { id } = serde_json::from_str(args).map_err(malformed)?;
        let component = run.call.component().clone();
        return Ok(Step::Cancel(JobKey { component, id }));
    }
    let Schedule { ts, args, address } = serde_json::from_str(args).map_err(malformed)?;
    let args = args.into_object()?;
    let function = context.catalog.resolve(run.call.mount(), &address)?;
    if function.kind == Kind::Query {
        return Err(FunctionError::new(format!(
            "Only mutations and actions can be scheduled, but {} is a query",
            function.path
        )));
    }
    // The declared validators are checked when the function runs: it may have changed by then.
    function.signature.check_args_size(&args)?;
    let job = NewJob {
        mount: function.mount.clone(),
        path: function.path.clone(),
        args,
        due_ms: due_ms(ts)?,
    };
    Ok(Step::Schedule(job, run.call.request.job.clone()))
}

/// Schedules a job for a function that runs for the job `parent`, and returns its id.
fn schedule(
    tx: &mut Transaction,
    component: &ComponentPath,
    job: &NewJob,
    parent: Option<&JobKey>,
) -> Result<String, DbError> {
    let id = tx.schedule(component, job)?;
    // An action that is cancelled while it runs goes on, but what it schedules is cancelled, too.
    if parent.is_some_and(|parent| tx.job_state(parent) == Some(JobState::Canceled)) {
        let component = component.clone();
        let id = id.clone();
        tx.cancel_job(&JobKey { component, id }, now_ms_f64())?;
    }
    Ok(id)
}

/// Converts seconds to milliseconds since 1970; the seconds have lost some precision on their way here.
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
