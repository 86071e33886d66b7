//! A process that has loaded a folder, and the calls that run in it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::call::Call;
use super::context::Context;
use super::run::Run;
use crate::functions::config::Limits;
use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;
use crate::functions::process::Worker;
use crate::functions::process::wire::ToRunner;
use crate::lock::lock;

/// After this much silence, despite a ping, calls should go to another process.
const BLOCKED: Duration = Duration::from_millis(400);

/// The load of a process. Calls go to the process with the smallest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Load {
    /// Whether it does not yield because a function computes.
    pub(crate) blocked: bool,
    /// Calls that have not ended.
    pub(crate) calls: usize,
}

/// A process that has loaded a folder.
#[derive(Debug)]
pub(crate) struct Runner {
    pub(crate) context: Context,
    worker: Worker,
    runs: Mutex<HashMap<u64, Arc<Run>>>,
    next_run: AtomicU64,
    /// The time of the last message from the process, in milliseconds after `started`.
    heard: AtomicU64,
    started: Instant,
    dead: AtomicBool,
}

impl Runner {
    /// Creates a runner for a process that has loaded the folder. The caller must listen to the process.
    pub(crate) fn new(context: Context, worker: Worker) -> Arc<Self> {
        Arc::new(Self {
            context,
            worker,
            runs: Mutex::default(),
            next_run: AtomicU64::new(1),
            heard: AtomicU64::new(0),
            started: Instant::now(),
            dead: AtomicBool::new(false),
        })
    }

    /// Returns whether the process takes no more calls.
    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Acquire)
    }

    /// Returns how busy the process is.
    pub(crate) fn load(&self) -> Load {
        let calls = lock(&self.runs).len();
        Load {
            blocked: calls > 0 && self.silence() >= BLOCKED,
            calls,
        }
    }

    /// Returns how long the process has been silent.
    pub(super) fn silence(&self) -> Duration {
        let heard = self.heard.load(Ordering::Relaxed);
        Duration::from_millis(self.age().saturating_sub(heard))
    }

    /// Notes a sign of life and starts to wait for the next one.
    pub(crate) fn listen(&self) {
        self.heard.store(self.age(), Ordering::Relaxed);
    }

    fn age(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Ends all calls after the process has ended.
    pub(crate) fn bury(&self) {
        self.dead.store(true, Ordering::Release);
        let runs = std::mem::take(&mut *lock(&self.runs));
        for run in runs.into_values() {
            let error = "The process that ran this function ended unexpectedly; it is being restarted. Try again.";
            run.fail(FunctionError::process_died(error));
        }
    }

    /// Ends the process because of `culprit`, which computes for too long. `frames` is its stack.
    pub(crate) fn stop_endless(&self, culprit: &Run, frames: &str) {
        let Limits {
            computing, stall, ..
        } = self.context.host.config.limits;
        let limit = match culprit.call.kind() {
            Some(Kind::Query | Kind::Mutation) => computing.min(stall),
            _ => stall,
        };
        let what = format!("computes for {limit:?} without giving way");
        self.stop_runaway(culprit, &what, &FunctionError::timed_out(limit), frames);
    }

    /// Ends the process because of `culprit`, which fills the memory and does not yield.
    pub(crate) fn stop_swollen(&self, culprit: &Run, frames: &str) {
        let limit = self.context.host.config.limits.memory;
        let what = format!("holds more than {limit} bytes and does not give way");
        self.stop_runaway(culprit, &what, &FunctionError::out_of_memory(limit), frames);
    }

    fn stop_runaway(&self, culprit: &Run, what: &str, error: &FunctionError, frames: &str) {
        // From now on, the process gets no calls.
        self.dead.store(true, Ordering::Release);
        let request = culprit.call.request.id;
        tracing::error!(
            target: "convex_local::functions",
            function = culprit.call.label(),
            %request,
            "{what} and is stopped, and its process with it; is there an endless loop?{frames}"
        );
        let message = format!("{}{frames}", error.message);
        let guilty: Vec<_> = lock(&self.runs)
            .extract_if(|_, run| run.call.request.id == request)
            .collect();
        for (_, run) in guilty {
            run.fail(FunctionError {
                message: message.clone(),
                ..error.clone()
            });
        }
        self.kill();
    }

    /// Ends the process at once.
    pub(super) fn kill(&self) {
        self.worker.kill();
    }

    /// Returns the names of the functions that run.
    pub(super) fn labels(&self) -> Vec<String> {
        let runs = lock(&self.runs);
        runs.values().map(|run| run.call.label()).collect()
    }

    /// Returns a new number for a run.
    pub(crate) fn number(&self) -> u64 {
        self.next_run.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes a run and starts it.
    pub(crate) fn start(&self, run: &Arc<Run>) {
        {
            let mut runs = lock(&self.runs);
            if runs.is_empty() {
                self.listen();
            }
            runs.insert(run.id, Arc::clone(run));
        }
        // Checked afterwards: `bury` may have missed this run.
        if self.is_dead()
            && let Some(run) = self.forget(run.id)
        {
            let error = "The process that runs functions is being restarted. Try again.";
            run.fail(FunctionError::process_died(error));
        }
        self.tell(&run.message());
    }

    /// Returns the run with a number, while its result is awaited.
    pub(crate) fn find(&self, id: u64) -> Option<Arc<Run>> {
        lock(&self.runs).get(&id).cloned()
    }

    /// Forgets a run; later messages about it are ignored.
    pub(crate) fn forget(&self, id: u64) -> Option<Arc<Run>> {
        lock(&self.runs).remove(&id)
    }

    /// Gives up a run that has not ended, and the calls that it has made within its transaction. Otherwise they would
    /// stay for ever if they await something that never settles.
    pub(crate) fn give_up(&self, id: u64) {
        let mut given_up = Vec::new();
        {
            let mut runs = lock(&self.runs);
            given_up.extend(runs.remove(&id).map(|_| id));
            let mut next = 0;
            while let Some(&caller) = given_up.get(next) {
                let nested = runs.extract_if(|_, run| run.is_called_by(caller));
                given_up.extend(nested.map(|(id, _)| id));
                next += 1;
            }
        }
        for id in given_up {
            self.tell(&ToRunner::GivenUp { id });
        }
    }

    /// Returns whether nothing runs.
    pub(super) fn is_idle(&self) -> bool {
        lock(&self.runs).is_empty()
    }

    /// Sends a message to the process.
    pub(crate) fn tell(&self, message: &ToRunner<'_>) {
        self.worker.send(message);
    }

    /// Answers a system call.
    pub(crate) fn answer(&self, sequence: u64, answer: &Result<String, FunctionError>) {
        self.tell(&match answer {
            Ok(json) => ToRunner::Answer { sequence, json },
            Err(error) => ToRunner::Refusal { sequence, error },
        });
    }

    /// Returns the error of a call from outside that has reached its time limit.
    ///
    /// A query or mutation can wait only for answers from here, and they come at once. If it has been silent for most
    /// of the time, it awaits a promise that never settles, usually in the innermost of the functions that called one
    /// another. A call that shared its process with others is not to blame.
    pub(crate) fn overdue(&self, call: &Call, limit: Duration) -> FunctionError {
        let request = &call.request;
        let runs = lock(&self.runs);
        let own = |run: &&Arc<Run>| run.call.request.id == request.id;
        let innermost = runs.values().filter(own).max_by_key(|run| run.call.depth);
        let still = innermost.filter(|run| run.txn.is_some() && request.silence() > limit / 2);
        let error = match still {
            Some(still) => FunctionError::never_settles(&still.call.label(), limit),
            None => FunctionError::timed_out(limit),
        };
        let in_transaction = matches!(call.kind(), Some(Kind::Query | Kind::Mutation));
        FunctionError {
            // A call that waits for a busy process is as silent as one whose promise never settles.
            interrupted: in_transaction && !runs.values().all(|run| own(&run)),
            ..error
        }
    }
}
