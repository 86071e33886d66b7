//! Functions that run later: what `ctx.scheduler` asks for, behind a small interface so that the
//! queue can be in memory or durable.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tokio::task::AbortHandle;

use super::Kind;
use super::call_state::lock;

/// One function to run once, at `due`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The text that `runAfter` and `runAt` answer.
    pub id: String,
    /// The component it belongs to, `""` for the app.
    pub component: String,
    /// `module:export`.
    pub path: String,
    /// What it is, a mutation or an action.
    pub kind: Kind,
    /// The argument object in Convex's JSON encoding.
    pub args: Json,
    /// Milliseconds since 1970.
    pub due_ms: f64,
}

/// A function that `crons.ts` wants run again and again.
#[derive(Clone, Debug)]
pub struct Cron {
    /// Its name, unique within its component.
    pub identifier: String,
    /// The component it belongs to, `""` for the app.
    pub component: String,
    /// `module:export`.
    pub path: String,
    /// The argument object in Convex's JSON encoding.
    pub args: Json,
    /// As `crons.ts` gives it: `{ "type": "interval", "minutes": 5 }`, `"hourly"`, `"daily"`,
    /// `"weekly"`, `"monthly"` with their fields, or `{ "type": "cron", "cron": "15 7 * * *" }`.
    pub schedule: Json,
}

/// Takes jobs over when the transaction that scheduled them is durable.
pub trait Scheduler: fmt::Debug + Send + Sync + 'static {
    /// Runs each of `jobs` when it is due.
    fn schedule(&self, jobs: Vec<Job>);
    /// Forgets a job that has not started yet; an unknown one is no error.
    fn cancel(&self, id: &str);
}

type Run = dyn Fn(Job) -> BoxFuture<'static, ()> + Send + Sync;

/// A queue in memory: jobs that are waiting when the process ends are lost.
pub(crate) struct MemoryScheduler {
    waiting: Mutex<HashMap<String, AbortHandle>>,
    run: Box<Run>,
    this: Weak<Self>,
}

impl fmt::Debug for MemoryScheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = lock(&self.waiting).len();
        f.debug_struct("MemoryScheduler")
            .field("waiting", &waiting)
            .finish()
    }
}

impl MemoryScheduler {
    /// A queue that hands each due job to `run`.
    pub(crate) fn new(run: Box<Run>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            waiting: Mutex::default(),
            run,
            this: this.clone(),
        })
    }

    async fn wait_and_run(this: Weak<Self>, job: Job) {
        tokio::time::sleep(until(job.due_ms)).await;
        let Some(scheduler) = this.upgrade() else {
            return;
        };
        lock(&scheduler.waiting).remove(&job.id);
        (scheduler.run)(job).await;
    }
}

impl Scheduler for MemoryScheduler {
    fn schedule(&self, jobs: Vec<Job>) {
        for job in jobs {
            let id = job.id.clone();
            // Under the lock, so that a job due at once cannot be over before it is noted.
            let mut waiting = lock(&self.waiting);
            let task = tokio::spawn(Self::wait_and_run(self.this.clone(), job));
            waiting.insert(id, task.abort_handle());
        }
    }

    fn cancel(&self, id: &str) {
        if let Some(task) = lock(&self.waiting).remove(id) {
            task.abort();
        }
    }
}

fn until(due_ms: f64) -> Duration {
    let due = Duration::try_from_secs_f64((due_ms / 1000.0).max(0.0)).unwrap_or(Duration::MAX);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    due.saturating_sub(now)
}
