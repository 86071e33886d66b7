//! `ctx.scheduler`, kept over restarts.
//!
//! The waiting jobs stand in the data folder as one list. A mutation leaves the list when it has
//! run, so that none is lost; an action leaves it before it begins, so that its effects outside
//! happen at most once, as on Convex. A job is noted right after the transaction that scheduled it
//! has committed: a crash in that moment loses it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::folder::FolderError;
use crate::functions::{Functions, Job, Kind, Scheduler};
use crate::store::Store;

/// Where the waiting jobs are kept: a JSON list.
const JOBS: &str = "scheduled_jobs";
/// How many jobs run at once.
const CONCURRENCY: usize = 8;
/// A wait is cut into pieces of this length: clocks are set, machines sleep.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

#[derive(Debug)]
enum Command {
    Add(Vec<Job>),
    Cancel(String),
}

/// The functions' end of the queue.
#[derive(Debug)]
struct Handle(mpsc::UnboundedSender<Command>);

impl Scheduler for Handle {
    fn schedule(&self, jobs: Vec<Job>) {
        // Nobody listens only when the backend is stopping.
        let _ = self.0.send(Command::Add(jobs));
    }

    fn cancel(&self, id: &str) {
        let _ = self.0.send(Command::Cancel(id.to_owned()));
    }
}

/// Takes the functions' jobs over, those of earlier runs too, until `stop`. Mutations that are
/// running then are given up and run at the next start.
pub(crate) fn start(
    functions: &Functions,
    store: &Store,
    stop: CancellationToken,
) -> Result<JoinHandle<()>, FolderError> {
    let kept: Vec<Job> = match store.meta(JOBS)? {
        Some(text) => serde_json::from_str(&text)?,
        None => Vec::new(),
    };
    let (sender, commands) = mpsc::unbounded_channel();
    functions.set_scheduler(Arc::new(Handle(sender)));
    let queue = Queue {
        functions: functions.clone(),
        store: store.clone(),
        waiting: kept.into_iter().map(|job| (job.id.clone(), job)).collect(),
        running: BTreeMap::new(),
        places: Arc::new(Semaphore::new(CONCURRENCY)),
        tasks: JoinSet::new(),
    };
    warn_of_crons(functions);
    Ok(tokio::spawn(queue.serve(commands, stop)))
}

fn warn_of_crons(functions: &Functions) {
    let crons: Vec<String> = functions
        .crons()
        .into_iter()
        .map(|cron| cron.identifier)
        .collect();
    if !crons.is_empty() {
        tracing::warn!(
            "convex-local does not run crons yet; waiting in vain: {}",
            crons.join(", ")
        );
    }
}

struct Queue {
    functions: Functions,
    store: Store,
    /// Not begun. Moves to `running` when due.
    waiting: BTreeMap<String, Job>,
    /// Begun mutations, kept in the folder until they are done.
    running: BTreeMap<String, Job>,
    places: Arc<Semaphore>,
    /// The tasks of begun jobs; each answers its job's id.
    tasks: JoinSet<String>,
}

impl Queue {
    async fn serve(
        mut self,
        mut commands: mpsc::UnboundedReceiver<Command>,
        stop: CancellationToken,
    ) {
        loop {
            self.begin_due().await;
            let wait = self.until_next();
            tokio::select! {
                () = stop.cancelled() => return,
                Some(command) = commands.recv() => {
                    self.apply(command);
                    // What has come in together is written together.
                    while let Ok(command) = commands.try_recv() {
                        self.apply(command);
                    }
                }
                Some(done) = self.tasks.join_next() => match done {
                    Ok(id) => drop(self.running.remove(&id)),
                    // A panic, printed already. The job stays in the folder for the next start.
                    Err(_) => continue,
                },
                () = sleep(wait) => continue,
            }
            self.keep().await;
        }
    }

    fn apply(&mut self, command: Command) {
        match command {
            Command::Add(jobs) => {
                self.waiting
                    .extend(jobs.into_iter().map(|job| (job.id.clone(), job)));
            }
            Command::Cancel(id) => drop(self.waiting.remove(&id)),
        }
    }

    fn until_next(&self) -> Duration {
        let now = now_ms();
        let next = self
            .waiting
            .values()
            .map(|job| job.due_ms - now)
            .fold(f64::INFINITY, f64::min);
        Duration::try_from_secs_f64(next.max(0.0) / 1_000.0)
            .unwrap_or(LONGEST_WAIT)
            .min(LONGEST_WAIT)
    }

    async fn begin_due(&mut self) {
        let now = now_ms();
        let due = self.waiting.extract_if(.., |_, job| job.due_ms <= now);
        let mut due: Vec<Job> = due.map(|(_, job)| job).collect();
        if due.is_empty() {
            return;
        }
        due.sort_by(|a, b| a.due_ms.total_cmp(&b.due_ms));
        let mutations = due.iter().filter(|job| job.kind == Kind::Mutation);
        self.running
            .extend(mutations.map(|job| (job.id.clone(), job.clone())));
        self.keep().await;
        for job in due {
            self.begin(job);
        }
    }

    fn begin(&mut self, job: Job) {
        let functions = self.functions.clone();
        let places = self.places.clone();
        self.tasks.spawn(async move {
            // Never closed: the queue holds it as long as jobs run.
            let _place = places.acquire().await;
            let (id, path) = (job.id.clone(), job.path.clone());
            if let Err(error) = functions.run_job(job).await {
                tracing::error!("scheduled function {path} failed: {error}");
            }
            id
        });
    }

    /// Writes the list, on a thread that may wait for the disk.
    async fn keep(&self) {
        let jobs: Vec<&Job> = self.running.values().chain(self.waiting.values()).collect();
        let store = self.store.clone();
        let text = serde_json::to_string(&jobs);
        let written = tokio::task::spawn_blocking(move || {
            store.set_meta(JOBS, &text?).map_err(FolderError::from)
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!("cannot keep the scheduled functions: {error}"),
            Err(error) => tracing::error!("cannot keep the scheduled functions: {error}"),
        }
    }
}

/// Milliseconds since 1970.
fn now_ms() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
        * 1_000.0
}
