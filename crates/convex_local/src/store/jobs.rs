//! `_scheduled_functions`: the jobs of `ctx.scheduler` and their states.
//!
//! A row is written in the transaction that schedules the job and changed in the one that runs it,
//! so a crash can neither lose a job nor invent one. Fields and states are those that Convex shows
//! (`crates/model/src/scheduled_jobs/virtual_table.rs`).

use serde_json::Value as Json;

use super::Store;
use super::error::DbError;
use super::id::DocumentId;
use super::index::KeyRange;
use super::model::{Commit, ComponentPath, Document};
use super::snapshot::{Snapshot, Table};
use super::system::{BY_COMPLETED, BY_STATE, SCHEDULED_FUNCTIONS};
use super::transaction::Transaction;
use crate::value::{Object, Value, check_value, encode_key, key_successor};

/// The component of the function, if it differs from the component of the row. Functions do not see it.
const TARGET: &str = "_component";
/// A function to run once.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewJob {
    /// The component of the function.
    pub(crate) mount: String,
    /// `module:export`.
    pub(crate) path: String,
    /// The argument object in Convex's JSON encoding.
    pub(crate) args: Json,
    /// Milliseconds since 1970.
    pub(crate) due_ms: f64,
}

/// A job that has been scheduled: a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Job {
    pub(crate) key: JobKey,
    pub(crate) what: NewJob,
}

/// The key of a job.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct JobKey {
    /// The component that scheduled it and that holds the row.
    pub(crate) component: ComponentPath,
    /// The row's id.
    pub(crate) id: String,
}

/// The state of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    Pending,
    InProgress,
    Success,
    /// With the error.
    Failed(String),
    Canceled,
}

impl JobState {
    fn kind(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "inProgress",
            Self::Success => "success",
            Self::Failed(_) => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Returns whether the state is final.
    pub(crate) fn is_over(&self) -> bool {
        !matches!(self, Self::Pending | Self::InProgress)
    }

    fn to_value(&self) -> Value {
        let mut fields = Object::from([("kind".to_owned(), Value::from(self.kind()))]);
        if let Self::Failed(error) = self {
            fields.insert("error".into(), Value::from(error.as_str()));
        }
        Value::Object(fields)
    }

    fn of(row: &Document) -> Option<Self> {
        let fields = row.fields();
        let text = |path| match fields.at_path(path) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        Some(match text("state.kind")? {
            "pending" => Self::Pending,
            "inProgress" => Self::InProgress,
            "success" => Self::Success,
            "failed" => Self::Failed(text("state.error").unwrap_or_default().to_owned()),
            "canceled" => Self::Canceled,
            _ => return None,
        })
    }
}

impl Transaction {
    /// Schedules a function, and returns the id of the row.
    pub(crate) fn schedule(
        &mut self,
        component: &ComponentPath,
        job: &NewJob,
    ) -> Result<String, DbError> {
        let args = Value::from_json(&job.args).map_err(|error| DbError::new(error.to_string()))?;
        let size = check_value(&args).map_err(|error| DbError::new(error.to_string()))?;
        self.reader.usage.schedule(size)?;
        let mut fields = Object::from([
            ("name".to_owned(), Value::String(shown_path(&job.path))),
            ("args".to_owned(), Value::Array(vec![args])),
            ("scheduledTime".to_owned(), Value::Float64(job.due_ms)),
            ("state".to_owned(), JobState::Pending.to_value()),
        ]);
        if job.mount != component.as_str() {
            fields.insert(TARGET.into(), Value::from(job.mount.as_str()));
        }
        self.insert_system(component, SCHEDULED_FUNCTIONS, fields)
    }

    /// Returns the state of a job; `None` if it does not exist (any more).
    pub(crate) fn job_state(&mut self, job: &JobKey) -> Option<JobState> {
        let (table, row) = self.find(&job.component, &job.id)?;
        (table == SCHEDULED_FUNCTIONS)
            .then(|| JobState::of(&row))
            .flatten()
    }

    /// Sets the state of a job at `now_ms`. A finished job stays unchanged.
    pub(crate) fn set_job_state(
        &mut self,
        job: &JobKey,
        state: &JobState,
        now_ms: f64,
    ) -> Result<(), DbError> {
        let Some((table, row)) = self.find(&job.component, &job.id) else {
            return Ok(());
        };
        if table != SCHEDULED_FUNCTIONS || JobState::of(&row).is_none_or(|state| state.is_over()) {
            return Ok(());
        }
        let mut fields = row.object();
        fields.insert("state".into(), state.to_value());
        if state.is_over() {
            fields.insert("completedTime".into(), Value::Float64(now_ms));
        }
        let component = &job.component;
        self.write(component, &table, row.id, Some(row.clone()), Some(fields))
    }

    /// Cancels a job. It is not an error if the job has finished or been forgotten.
    pub(crate) fn cancel_job(&mut self, job: &JobKey, now_ms: f64) -> Result<(), DbError> {
        let view = &self.reader.view;
        let of_a_job = DocumentId::decode(&job.id)
            .is_some_and(|id| view.is_of_table(&job.component, id, SCHEDULED_FUNCTIONS));
        if !of_a_job {
            return Err(DbError::new(format!(
                "Invalid argument `id` for `scheduler.cancel`: {:?} is not the id of a scheduled \
                 function",
                job.id
            )));
        }
        self.set_job_state(job, &JobState::Canceled, now_ms)
    }
}

/// The waiting jobs, for the scheduler.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// The due jobs, earliest first.
    pub(crate) due: Vec<Job>,
    /// When the next job after these is due, in milliseconds since 1970.
    pub(crate) next_ms: Option<f64>,
}

impl Store {
    /// Returns the pending jobs of all components that are due at `now_ms`, at least the first `limit` of them,
    /// without those in `skip`.
    pub(crate) fn waiting_jobs(
        &self,
        now_ms: f64,
        limit: usize,
        skip: impl Fn(&JobKey) -> bool,
    ) -> Waiting {
        let mut waiting = Waiting::default();
        let mut component = None;
        let mut found = 0;
        self.each_job(&JobState::Pending, |job| {
            if component.as_ref() != Some(&job.key.component) {
                component = Some(job.key.component.clone());
                found = 0;
            }
            if skip(&job.key) {
                return true;
            }
            if job.what.due_ms <= now_ms {
                waiting.due.push(job);
                found += 1;
                return found < limit;
            }
            let next = waiting.next_ms.unwrap_or(f64::INFINITY);
            waiting.next_ms = Some(next.min(job.what.due_ms));
            false
        });
        let due = |job: &Job| job.what.due_ms;
        waiting.due.sort_by(|a, b| due(a).total_cmp(&due(b)));
        waiting
    }

    /// Returns the jobs that have begun and not ended.
    pub(crate) fn jobs_in_progress(&self) -> Vec<JobKey> {
        let mut keys = Vec::new();
        self.each_job(&JobState::InProgress, |job| {
            keys.push(job.key);
            true
        });
        keys
    }

    /// Calls `visit` with the jobs in a state, by due time within a component, until it returns false.
    fn each_job(&self, state: &JobState, mut visit: impl FnMut(Job) -> bool) {
        let prefix = encode_key([Some(&Value::from(state.kind()))]);
        let range = KeyRange {
            end: key_successor(&prefix),
            start: prefix,
        };
        for (component, table) in job_tables(&self.snapshot()) {
            for row in table.range(BY_STATE, &range) {
                if !job_of(component, row).is_none_or(&mut visit) {
                    break;
                }
            }
        }
    }

    /// Returns a transaction that forgets up to `limit` jobs that were over before `before_ms`, if there
    /// are any.
    pub(crate) fn forget_jobs(&self, before_ms: f64, limit: usize) -> Option<Transaction> {
        // Unfinished jobs have no time of completion, which sorts before all numbers.
        let range = KeyRange {
            start: encode_key([Some(&Value::Float64(0.0))]),
            end: Some(encode_key([Some(&Value::Float64(before_ms))])),
        };
        let snapshot = self.snapshot();
        let mut tx = self.begin();
        let old = job_tables(&snapshot)
            .flat_map(|(component, table)| {
                let rows = table.range(BY_COMPLETED, &range);
                rows.map(move |row| (component, row))
            })
            .take(limit);
        let mut any = false;
        for (component, row) in old {
            let (id, row) = (row.id, Some(row.clone()));
            any |= tx
                .write(component, SCHEDULED_FUNCTIONS, id, row, None)
                .is_ok();
        }
        any.then_some(tx)
    }
}

fn job_tables(snapshot: &Snapshot) -> impl Iterator<Item = (&ComponentPath, &Table)> {
    let components = snapshot.components.iter();
    components.filter_map(|(path, component)| {
        let table = component.tables.get(SCHEDULED_FUNCTIONS)?;
        Some((path, table))
    })
}

/// Reads a row; `None` if it was not written here.
fn job_of(component: &ComponentPath, row: &Document) -> Option<Job> {
    let fields = row.object();
    let text = |name| match fields.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    let (Value::Array(args), Value::Float64(due_ms)) =
        (fields.get("args")?, fields.get("scheduledTime")?)
    else {
        return None;
    };
    Some(Job {
        key: JobKey {
            component: component.clone(),
            id: row.id.encode(),
        },
        what: NewJob {
            mount: text(TARGET).unwrap_or_else(|| component.as_str().to_owned()),
            path: text("name")?.replacen(".js:", ":", 1),
            args: args.first()?.to_json(),
            due_ms: *due_ms,
        },
    })
}

/// Returns `messages:send` as rows show it: `messages.js:send`.
fn shown_path(path: &str) -> String {
    path.replacen(':', ".js:", 1)
}

impl Commit {
    /// Returns whether it changes scheduled jobs.
    pub(crate) fn touches_jobs(&self) -> bool {
        let mut writes = self.writes.iter();
        writes.any(|write| write.table == SCHEDULED_FUNCTIONS)
    }
}
