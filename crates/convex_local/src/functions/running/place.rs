//! A call's place in a process.

use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use super::admission::Permit;
use super::runner::Runner;
use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;
use crate::lock::lock;

/// A process for a call, and its turn to run there.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) runner: Arc<Runner>,
    permit: Mutex<Option<Permit>>,
}

impl Place {
    /// Creates a place for a call whose turn it is.
    pub(crate) fn new(runner: Arc<Runner>, permit: Permit) -> Self {
        Self {
            runner,
            permit: Mutex::new(Some(permit)),
        }
    }

    /// Creates a place for a query or mutation that an action calls, in the action's process.
    ///
    /// # Errors
    /// When its turn has not come by the `deadline`.
    pub(crate) async fn beside(
        runner: Arc<Runner>,
        kind: Kind,
        deadline: Instant,
    ) -> Result<Self, FunctionError> {
        let permit = runner.context.host.admission.enter(kind, deadline).await?;
        Ok(Self::new(runner, permit))
    }

    /// Gives up the turn while the call waits for something other than the process.
    pub(crate) fn leave(&self) {
        lock(&self.permit).take();
    }
}
