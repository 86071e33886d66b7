//! The wait of a mutation for a place in a process, which it takes only when it can run.

use std::future::Future;
use std::sync::{Arc, Mutex};

use crate::functions::error::FunctionError;
use crate::functions::running::{Call, Place};
use crate::lock::lock;
use crate::store::Admittance;

/// Finds a place for a mutation before its first run. While the mutation waits in line with others of its kind it
/// holds no place, so that many calls of one mutation leave places for the rest.
pub(super) struct Entrance<F> {
    find: F,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    found: Option<Arc<Entered>>,
    has_run: bool,
}

/// A mutation at its place.
pub(super) struct Entered {
    pub(super) place: Place,
    pub(super) call: Call,
    /// The number of the request's log lines before the mutation began.
    pub(super) lines_before: usize,
}

impl<F> Entrance<F> {
    /// Creates an entrance that gets its place from `find`.
    pub(super) fn new(find: F) -> Self {
        Self {
            find,
            state: Mutex::default(),
        }
    }

    /// Returns the place of an admitted mutation, which keeps it from now on.
    ///
    /// # Errors
    /// When the mutation was not admitted.
    pub(super) fn run(&self) -> Result<Arc<Entered>, FunctionError> {
        let mut state = lock(&self.state);
        state.has_run = true;
        let found = state.found.clone();
        found.ok_or_else(|| FunctionError::new("The mutation was not let in"))
    }
}

impl<F, R> Admittance<FunctionError> for Entrance<F>
where
    F: Fn() -> R + Sync,
    R: Future<Output = Result<(Place, Call), FunctionError>> + Send,
{
    async fn enter(&self) -> Result<(), FunctionError> {
        // A mutation that runs again has already waited, and others may wait for it.
        if !lock(&self.state).has_run {
            let (place, call) = (self.find)().await?;
            let lines_before = lock(&call.request.logs).len();
            let entered = Entered {
                place,
                call,
                lines_before,
            };
            lock(&self.state).found = Some(Arc::new(entered));
        }
        Ok(())
    }

    fn leave(&self) {
        let mut state = lock(&self.state);
        if !state.has_run {
            state.found = None;
        }
    }
}
