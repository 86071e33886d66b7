//! What all clones of a [`Functions`](super::Functions) share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::live::Live;
use super::load::Launcher;
use super::supervisor::Event;
use super::{FunctionError, FunctionsConfig};
use crate::files::Files;
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
    pub(crate) files: Files,
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
            _ => Err(FunctionError::interrupted(
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
}
