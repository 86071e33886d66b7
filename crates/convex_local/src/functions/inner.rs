//! What all clones of a [`Functions`](super::Functions) share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::live::Live;
use super::load::Launcher;
use super::pool::Pool;
use super::supervisor::Event;
use super::{FunctionError, FunctionsConfig};
use crate::files::Files;
use crate::store::Store;

/// How long a call waits for a process that is being started.
const REVIVAL: Duration = Duration::from_secs(15);
/// How often a waiting call looks whether a process that did not give way does so now.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    /// What serves. Told of each process that joins.
    pub(crate) pool: watch::Sender<Arc<Pool>>,
    pub(crate) generation: watch::Sender<u64>,
    pub(crate) events: mpsc::UnboundedSender<Event>,
}

/// What all loads of a folder have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: FunctionsConfig,
    pub(crate) launcher: Launcher,
    pub(crate) store: Store,
    pub(crate) files: Files,
}

impl Inner {
    /// What serves now.
    pub(crate) fn pool(&self) -> Arc<Pool> {
        Arc::clone(&self.pool.borrow())
    }

    /// A process for a call; waits a while for one that is being started.
    pub(crate) async fn live(&self) -> Result<Arc<Live>, FunctionError> {
        if let Some(live) = self.pool().choose() {
            return Ok(live);
        }
        let mut pools = self.pool.subscribe();
        let find = async {
            loop {
                let pool = Arc::clone(&pools.borrow_and_update());
                if let Some(live) = pool.choose() {
                    return live;
                }
                // Whether something changed in time or not: look again.
                let _ = tokio::time::timeout(LOOK, pools.changed()).await;
            }
        };
        tokio::time::timeout(REVIVAL, find).await.map_err(|_| {
            FunctionError::interrupted(
                "The process that runs functions does not start; see the backend's log.",
            )
        })
    }

    /// Lets `pool` serve from now on; calls under way end where they began. Answers whether
    /// anything is different from before.
    pub(crate) fn replace(&self, pool: Pool) -> bool {
        let same = {
            let current = self.pool.borrow();
            current.living() > 0
                && current.env_version == pool.env_version
                && current.build() == pool.build()
        };
        if same {
            return false;
        }
        self.pool.send_replace(Arc::new(pool));
        self.generation.send_modify(|generation| *generation += 1);
        true
    }

    /// Lets `process` serve with the others of `pool`.
    pub(crate) fn join(&self, pool: &Pool, process: Arc<Live>) {
        pool.add(process);
        // Those who wait look at what has not changed but for this.
        self.pool.send_modify(|_| ());
    }
}
