//! A call's place in a process.

use std::sync::{Arc, Mutex};

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
    /// A place for a call whose turn it is.
    pub(crate) fn new(runner: Arc<Runner>, permit: Permit) -> Self {
        Self {
            runner,
            permit: Mutex::new(Some(permit)),
        }
    }

    /// A place for a call that an action makes, in the action's process.
    ///
    /// # Errors
    /// When it is not its turn in time.
    pub(crate) async fn beside(runner: Arc<Runner>, kind: Kind) -> Result<Self, FunctionError> {
        let permit = match kind {
            // Actions that wait for actions have their places already: waiting in line here, all of
            // them might wait for one another.
            Kind::Action => None,
            Kind::Query | Kind::Mutation => Some(runner.context.host.admission.enter(kind).await?),
        };
        let permit = Mutex::new(permit);
        Ok(Self { runner, permit })
    }

    /// Gives its turn up: it waits for something else than the process.
    pub(crate) fn leave(&self) {
        lock(&self.permit).take();
    }
}
