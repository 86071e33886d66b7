//! The build that serves now.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::event::Event;
use super::load::Loader;
use super::pool::Pool;
use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;
use crate::functions::running::{Place, Runner};

/// How long a call waits for a process that is being started.
const REVIVAL: Duration = Duration::from_secs(15);
/// How often a waiting call checks whether a busy process yields again.
const LOOK: Duration = Duration::from_millis(100);

/// A folder that is served: the current pool and the loader.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) loader: Loader,
    /// Notifies of each process that joins.
    pool: watch::Sender<Arc<Pool>>,
    pub(crate) generation: watch::Sender<u64>,
}

impl Drop for Served {
    fn drop(&mut self) {
        // The supervisor waits for events. This one lets it end, and with it the watch on the folder.
        let _ = self.loader.events.send(Event::Wanted);
    }
}

impl Served {
    /// Creates the state with the first pool that `loader` has loaded.
    pub(crate) fn new(loader: Loader, pool: Pool) -> Self {
        Self {
            loader,
            pool: watch::Sender::new(Arc::new(pool)),
            generation: watch::Sender::new(1),
        }
    }

    /// Returns the build that serves now.
    pub(crate) fn pool(&self) -> Arc<Pool> {
        Arc::clone(&self.pool.borrow())
    }

    /// Gets a place for a call of this kind: waits for its turn, and a while for a process that is being
    /// started. Without a `deadline` it waits for its turn for as long as that takes.
    ///
    /// # Errors
    /// When its turn has not come by the `deadline`, or no process starts.
    pub(crate) async fn place(
        &self,
        kind: Kind,
        deadline: Option<Instant>,
    ) -> Result<Place, FunctionError> {
        let admission = &self.loader.host.admission;
        let permit = match deadline {
            Some(deadline) => admission.enter(kind, deadline).await?,
            None => admission.wait(kind).await,
        };
        Ok(Place::new(self.runner().await?, permit))
    }

    /// Gets a place for a call that begins to wait now.
    ///
    /// # Errors
    /// When its turn has not come in time, or no process starts.
    pub(crate) async fn place_in_time(&self, kind: Kind) -> Result<Place, FunctionError> {
        let deadline = self.loader.host.admission.deadline();
        self.place(kind, Some(deadline)).await
    }

    /// Gets a process for a call; waits a while for one that is being started.
    ///
    /// # Errors
    /// When none starts.
    pub(crate) async fn runner(&self) -> Result<Arc<Runner>, FunctionError> {
        if let Some(runner) = self.pool().choose() {
            return Ok(runner);
        }
        let mut pools = self.pool.subscribe();
        let find = async {
            loop {
                let pool = Arc::clone(&pools.borrow_and_update());
                if let Some(runner) = pool.choose() {
                    return runner;
                }
                // Look again, whether or not something changed in time.
                let _ = tokio::time::timeout(LOOK, pools.changed()).await;
            }
        };
        tokio::time::timeout(REVIVAL, find).await.map_err(|_| {
            FunctionError::blameless(
                "The process that runs functions does not start; see the backend's log.",
            )
        })
    }

    /// Lets `pool` serve from now on. Running calls end where they began. Returns whether anything differs from
    /// before.
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
    pub(crate) fn join(&self, pool: &Pool, process: Arc<Runner>) {
        pool.add(process);
        // Waiting calls look at the pool again, although the value itself is the same.
        self.pool.send_modify(|_| ());
    }
}
