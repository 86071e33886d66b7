//! The scheduler, which runs scheduled functions and crons when they are due.
//!
//! The jobs are rows in the database (`store::jobs`), written by the transactions that schedule them. The loop here
//! looks at them after commits that change them, and when the next job is due.
//!
//! - `job`: carrying out one job
//! - `cron`, `when`: the crons of `crons.ts`, and their times

mod cron;
mod job;
pub(crate) mod when;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::functions::Functions;
use crate::store::{Commit, Job, JobKey, Store};
use cron::{CronKey, Crons};
use job::{Outcome, Runner};

/// How many jobs run at once.
const CONCURRENCY: usize = 8;
/// The longest wait before the clock is read again, because clocks are changed and machines sleep.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How often a mutation is tried if the backend fails and the mutation may be the cause, before it counts as failed.
const MAX_ATTEMPTS: u32 = 5;
/// How long finished jobs are kept, as on Convex.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How many jobs are forgotten in one transaction.
const FORGOTTEN_AT_ONCE: usize = 500;

/// Runs scheduled functions until `stop`.
pub(crate) fn start(
    functions: &Functions,
    store: &Store,
    stop: CancellationToken,
) -> JoinHandle<()> {
    // Subscribe before the first look, so that no commit is missed.
    let commits = store.commits();
    let queue = Queue {
        runner: Arc::new(Runner {
            functions: functions.clone(),
            store: store.clone(),
        }),
        begun: HashMap::new(),
        crons: Crons::default(),
        running_crons: HashSet::new(),
        tasks: JoinSet::new(),
    };
    let reloads = functions.generation();
    tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = queue.serve(commits, reloads) => {}
        }
    })
}

struct Queue {
    runner: Arc<Runner>,
    /// Jobs that this process has begun and the database shows as pending.
    begun: HashMap<JobKey, Begun>,
    crons: Crons,
    running_crons: HashSet<CronKey>,
    /// The tasks of running jobs and crons.
    tasks: JoinSet<Ended>,
}

/// The job or cron that a task has run.
enum Ended {
    Job(JobKey, Outcome),
    Cron(CronKey),
}

/// The progress of an unfinished job.
struct Begun {
    /// How often it was begun.
    attempts: u32,
    /// When to begin it again; `None` while it runs.
    again_ms: Option<f64>,
}

impl Queue {
    async fn serve(
        mut self,
        mut commits: broadcast::Receiver<Arc<Commit>>,
        mut reloads: watch::Receiver<u64>,
    ) {
        self.runner.fail_interrupted_actions().await;
        self.crons = Crons::sync(&self.runner, |_| false).await;
        loop {
            let next_ms = self.begin_due().min(self.begin_crons());
            self.forget_old().await;
            tokio::select! {
                ended = next_ending(&mut self.tasks) => self.take_in(ended),
                more = changes(&mut commits) => if !more { return },
                Ok(()) = reloads.changed() => {
                    let running = |key: &CronKey| self.running_crons.contains(key);
                    self.crons = Crons::sync(&self.runner, running).await;
                }
                () = sleep(wait_until(next_ms)) => {}
            }
        }
    }

    /// Begins the crons that are due. Returns when to look again, in milliseconds since 1970.
    fn begin_crons(&mut self) -> f64 {
        let busy = |key: &CronKey| self.running_crons.contains(key);
        let (due, next) = self.crons.due(&self.runner, now_ms(), busy);
        for cron in due {
            self.running_crons.insert(cron.key());
            let runner = self.runner.clone();
            self.tasks.spawn(async move {
                cron.run(&runner).await;
                Ended::Cron(cron.key())
            });
        }
        next
    }

    /// Begins the jobs that are due and have a place. Returns when to look again, in milliseconds since 1970.
    fn begin_due(&mut self) -> f64 {
        let now = now_ms();
        let later = |begun: &Begun| begun.again_ms.is_none_or(|again| again > now);
        let skip = |key: &JobKey| self.begun.get(key).is_some_and(later);
        let running = |begun: &&Begun| begun.again_ms.is_none();
        let running = self.begun.values().filter(running).count();
        let places = CONCURRENCY.saturating_sub(running);
        let waiting = self.runner.store.waiting_jobs(now, places, skip);
        let all_begin = waiting.due.len() < places;
        for job in waiting.due.into_iter().take(places) {
            self.begin(job);
        }
        let again = next_retry(&mut self.begun, now, all_begin);
        waiting.next_ms.map_or(again, |next| again.min(next))
    }

    fn begin(&mut self, job: Job) {
        let begun = self.begun.entry(job.key.clone()).or_insert(Begun {
            attempts: 0,
            again_ms: None,
        });
        begun.attempts += 1;
        begun.again_ms = None;
        let last = begun.attempts >= MAX_ATTEMPTS;
        let runner = self.runner.clone();
        self.tasks.spawn(async move {
            let outcome = runner.run(&job, last).await;
            Ended::Job(job.key, outcome)
        });
    }

    fn take_in(&mut self, ended: Ended) {
        let (key, outcome) = match ended {
            Ended::Job(key, outcome) => (key, outcome),
            Ended::Cron(key) => {
                self.running_crons.remove(&key);
                return;
            }
        };
        match (outcome, self.begun.get_mut(&key)) {
            (Outcome::Again, Some(begun)) => {
                let pause = Duration::from_millis(100) * 4_u32.pow(begun.attempts.min(6));
                begun.again_ms = Some(now_ms() + pause.as_secs_f64() * 1_000.0);
            }
            _ => drop(self.begun.remove(&key)),
        }
    }

    /// Forgets old finished jobs.
    async fn forget_old(&self) {
        let before = now_ms() - KEPT.as_secs_f64() * 1_000.0;
        let store = &self.runner.store;
        if let Some(tx) = store.forget_jobs(before, FORGOTTEN_AT_ONCE)
            && let Err(error) = store.commit(tx).await
        {
            tracing::debug!(%error, "old scheduled functions are forgotten later");
        }
    }
}

/// Returns when the next job is begun again, in milliseconds since 1970. If all due jobs have begun, forgets those that
/// were cancelled during their pause. Otherwise a due job waits for the end of another one, not for a time.
fn next_retry(begun: &mut HashMap<JobKey, Begun>, now: f64, all_begin: bool) -> f64 {
    let is_due = |begun: &Begun| begun.again_ms.is_some_and(|again| again <= now);
    if all_begin {
        begun.retain(|_, begun| !is_due(begun));
    }
    let later = begun.values().filter(|begun| !is_due(begun));
    later
        .filter_map(|begun| begun.again_ms)
        .fold(f64::INFINITY, f64::min)
}

/// Waits for the end of the next task. Does not complete while nothing runs.
async fn next_ending(tasks: &mut JoinSet<Ended>) -> Ended {
    loop {
        match tasks.join_next().await {
            Some(Ok(ended)) => return ended,
            // The task panicked and printed that. Its job counts as begun, and runs again after the next start.
            Some(Err(_)) => {}
            None => std::future::pending().await,
        }
    }
}

/// Waits for a commit that changes the schedule. Returns `false` if there will be no more commits.
async fn changes(commits: &mut broadcast::Receiver<Arc<Commit>>) -> bool {
    loop {
        match commits.recv().await {
            Ok(commit) if commit.touches_jobs() => return true,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}

fn wait_until(ms: f64) -> Duration {
    Duration::try_from_secs_f64((ms - now_ms()).max(0.0) / 1_000.0)
        .unwrap_or(LONGEST_WAIT)
        .min(LONGEST_WAIT)
}

/// Returns the milliseconds since 1970.
fn now_ms() -> f64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    since.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ComponentPath;

    #[test]
    fn a_job_that_is_cancelled_before_its_retry_does_not_keep_the_scheduler_awake() {
        let key = |id: &str| JobKey {
            component: ComponentPath::root(),
            id: id.to_owned(),
        };
        let begun = |again_ms| Begun {
            attempts: 1,
            again_ms,
        };
        let mut jobs = HashMap::from([
            (key("due"), begun(Some(900.0))),
            (key("later"), begun(Some(1_600.0))),
            (key("running"), begun(None)),
        ]);
        // All places are taken: the end of a job wakes the scheduler.
        assert_eq!(next_retry(&mut jobs, 1_000.0, false), 1_600.0);
        assert_eq!(jobs.len(), 3);
        // There is a place, and the due job did not begin, because it is no longer pending.
        assert_eq!(next_retry(&mut jobs, 1_000.0, true), 1_600.0);
        jobs.remove(&key("later"));
        assert_eq!(next_retry(&mut jobs, 1_000.0, true), f64::INFINITY);
        assert_eq!(jobs.len(), 1);
    }
}
