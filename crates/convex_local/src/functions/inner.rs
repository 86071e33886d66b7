//! What all clones of a [`Functions`](super::Functions) share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::{mpsc, watch};

use super::call_state::{Logs, lock};
use super::live::Live;
use super::load::Launcher;
use super::run::{self, Invocation};
use super::scheduler::MemoryScheduler;
use super::supervisor::Event;
use super::{FunctionError, FunctionsConfig, Job, Kind, Scheduler};
use crate::store::Store;

/// How long a call waits for a process that is being restarted.
const REVIVAL: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) live: watch::Sender<Arc<Live>>,
    pub(crate) generation: watch::Sender<u64>,
    pub(crate) events: mpsc::UnboundedSender<Event>,
}

/// What all loads of a folder have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: FunctionsConfig,
    pub(crate) launcher: Launcher,
    pub(crate) store: Store,
    /// Set as soon as there is something that can run jobs.
    pub(crate) scheduler: Mutex<Option<Arc<dyn Scheduler>>>,
}

impl Shared {
    pub(crate) fn schedule(&self, jobs: Vec<Job>) {
        if let Some(scheduler) = &*lock(&self.scheduler) {
            scheduler.schedule(jobs);
        }
    }

    pub(crate) fn cancel(&self, job: &str) {
        if let Some(scheduler) = &*lock(&self.scheduler) {
            scheduler.cancel(job);
        }
    }
}

impl Inner {
    /// The process that serves; waits a while for one that is being restarted.
    pub(crate) async fn live(&self) -> Result<Arc<Live>, FunctionError> {
        let live = Arc::clone(&self.live.borrow());
        if !live.is_dead() {
            return Ok(live);
        }
        let mut lives = self.live.subscribe();
        let alive = lives.wait_for(|live| !live.is_dead());
        match tokio::time::timeout(REVIVAL, alive).await {
            Ok(Ok(live)) => Ok(Arc::clone(&live)),
            _ => Err(FunctionError::new(
                "The process that runs functions does not start; see the backend's log.",
            )),
        }
    }

    /// Names what serves.
    pub(crate) fn build(&self) -> String {
        self.live.borrow().catalog.manifest.build.clone()
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.live.borrow().is_dead()
    }

    /// Lets `live` serve from now on; calls under way end where they began. Answers whether
    /// anything is different from before.
    pub(crate) fn replace(&self, live: Arc<Live>) -> bool {
        let same = {
            let current = self.live.borrow();
            !current.is_dead()
                && current.env_version == live.env_version
                && current.catalog.manifest.build == live.catalog.manifest.build
        };
        if same {
            return false;
        }
        self.live.send_replace(live);
        self.generation.send_modify(|generation| *generation += 1);
        true
    }

    pub(crate) fn use_memory_scheduler(self: &Arc<Self>) {
        let weak = Arc::downgrade(self);
        let scheduler = MemoryScheduler::new(Box::new(move |job| {
            let weak = weak.clone();
            Box::pin(async move {
                let Some(inner) = weak.upgrade() else { return };
                let path = job.path.clone();
                if let Err(error) = inner.run_job(job).await {
                    tracing::error!(target: "convex_local::functions", "scheduled function {path} failed: {error}");
                }
            })
        }));
        *lock(&self.shared.scheduler) = Some(scheduler);
    }

    pub(crate) async fn run_job(&self, job: Job) -> Result<Json, FunctionError> {
        let live = self.live().await?;
        let function = live.catalog.find_in(&job.component, &job.path)?;
        let invocation = Invocation {
            function: Arc::clone(function),
            args: job.args,
            identity: None,
            logs: Logs::default(),
            depth: 0,
        };
        match function.kind {
            Kind::Query => run::query(&live, &invocation, None).await.result,
            Kind::Mutation => run::mutation(&live, &invocation).await.0,
            Kind::Action => run::action(&live, &invocation).await,
        }
    }
}
