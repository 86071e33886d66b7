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

/// After so much silence, though it was asked for a sign of life, calls had better go elsewhere.
const BLOCKED: Duration = Duration::from_millis(400);

/// How busy a process is. In this order calls go to one or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Load {
    /// It does not give way: some function computes.
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
    /// Milliseconds after `started` at which the process last said something.
    heard: AtomicU64,
    started: Instant,
    dead: AtomicBool,
}

impl Runner {
    /// Creates a runner for a process that has loaded the folder. Somebody has to listen to the process.
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

    /// Returns whether no call can go there any more.
    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Acquire)
    }

    /// Returns how busy it is.
    pub(crate) fn load(&self) -> Load {
        let calls = lock(&self.runs).len();
        Load {
            blocked: calls > 0 && self.silence() >= BLOCKED,
            calls,
        }
    }

    /// Returns how long it has said nothing, or had nothing to say.
    pub(super) fn silence(&self) -> Duration {
        let heard = self.heard.load(Ordering::Relaxed);
        Duration::from_millis(self.age().saturating_sub(heard))
    }

    /// Takes note of a sign of life, and starts to wait for the next one.
    pub(crate) fn listen(&self) {
        self.heard.store(self.age(), Ordering::Relaxed);
    }

    fn age(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Ends all calls: the process has ended.
    pub(crate) fn bury(&self) {
        self.dead.store(true, Ordering::Release);
        let runs = std::mem::take(&mut *lock(&self.runs));
        for run in runs.into_values() {
            let error = "The process that ran this function ended unexpectedly; it is being restarted. Try again.";
            run.fail(FunctionError::process_died(error));
        }
    }

    /// Ends the process because of `culprit`, which computes for too long; `frames` tell where.
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

    /// Ends the process because of `culprit`, which fills the memory and does not give way.
    pub(crate) fn stop_swollen(&self, culprit: &Run, frames: &str) {
        let limit = self.context.host.config.limits.memory;
        let what = format!("holds more than {limit} bytes and does not give way");
        self.stop_runaway(culprit, &what, &FunctionError::out_of_memory(limit), frames);
    }

    fn stop_runaway(&self, culprit: &Run, what: &str, error: &FunctionError, frames: &str) {
        // From now on no call comes here.
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
        // Looked at afterwards: whoever buries the others may have missed this one.
        if self.is_dead()
            && let Some(run) = self.forget(run.id)
        {
            let error = "The process that runs functions is being restarted. Try again.";
            run.fail(FunctionError::process_died(error));
        }
        self.tell(&run.message());
    }

    /// Returns the run with a number, while somebody waits for it.
    pub(crate) fn find(&self, id: u64) -> Option<Arc<Run>> {
        lock(&self.runs).get(&id).cloned()
    }

    /// Forgets a run; what the process still says about it is ignored.
    pub(crate) fn forget(&self, id: u64) -> Option<Arc<Run>> {
        lock(&self.runs).remove(&id)
    }

    /// Returns whether nothing runs.
    pub(super) fn is_idle(&self) -> bool {
        lock(&self.runs).is_empty()
    }

    /// Tells the process something.
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

    /// Returns what is wrong with a call from outside that has taken as long as it may.
    ///
    /// A query or mutation has nothing to wait for but answers from here, and they come at once: if
    /// it has been still for most of the time, it awaits what will never come. So does, as a rule,
    /// the innermost of the functions that called one another. One that shared its process with
    /// others is not to blame.
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
            // One that waits for a busy process is as still as one that waits for nothing.
            interrupted: in_transaction && !runs.values().all(|run| own(&run)),
            ..error
        }
    }
}
