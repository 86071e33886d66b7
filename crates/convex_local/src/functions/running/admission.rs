//! Waiting in line: how many functions run at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;

/// Queries at once, and mutations, as on a Convex deployment
/// (`DEFAULT_APPLICATION_MAX_FUNCTION_CONCURRENCY` of `get-convex/convex-backend`).
const TRANSACTIONS: usize = 16;
/// Actions and HTTP actions at once (`APPLICATION_MAX_CONCURRENT_V8_ACTIONS`).
const ACTIONS: usize = 64;

/// Lets functions in, each kind first come, first served.
#[derive(Debug)]
pub(crate) struct Admission {
    queries: Arc<Semaphore>,
    mutations: Arc<Semaphore>,
    actions: Arc<Semaphore>,
    patience: Duration,
}

/// The right to run; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(
    #[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>,
);

impl Admission {
    /// Calls that have waited for `patience` are turned away.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            queries: Arc::new(Semaphore::new(TRANSACTIONS)),
            mutations: Arc::new(Semaphore::new(TRANSACTIONS)),
            actions: Arc::new(Semaphore::new(ACTIONS)),
            patience,
        }
    }

    /// Waits until a function of this kind may run.
    ///
    /// # Errors
    /// When it is not its turn in time, in Convex's words. Asking again helps.
    pub(crate) async fn enter(&self, kind: Kind) -> Result<Permit, FunctionError> {
        let turn = tokio::time::timeout(self.patience, self.wait(kind)).await;
        turn.map_err(|_| {
            let (most, name) = match kind {
                Kind::Query => (TRANSACTIONS, "queries"),
                Kind::Mutation => (TRANSACTIONS, "mutations"),
                Kind::Action => (ACTIONS, "actions"),
            };
            FunctionError::interrupted(format!(
                "Too many concurrent requests. Your backend is limited to {most} concurrent {name}. \
                 Try again."
            ))
        })
    }

    /// Waits for as long as it takes: nobody would ask again for what was scheduled.
    pub(crate) async fn wait(&self, kind: Kind) -> Permit {
        let semaphore = match kind {
            Kind::Query => &self.queries,
            Kind::Mutation => &self.mutations,
            Kind::Action => &self.actions,
        };
        // It fails only when it is closed, and nobody closes it.
        Permit(Arc::clone(semaphore).acquire_owned().await.ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_comes_late_waits_in_line_and_is_turned_away_in_time() {
        let admission = Admission::new(Duration::from_millis(20));
        let mut inside = Vec::new();
        for _ in 0..TRANSACTIONS {
            inside.push(admission.enter(Kind::Query).await.expect("there is room"));
        }
        let refused = admission.enter(Kind::Query).await.expect_err("it is full");
        assert!(refused.interrupted);
        assert!(refused.message.starts_with("Too many concurrent requests."));
        admission.enter(Kind::Mutation).await.expect("another line");
        let patient = admission.wait(Kind::Query);
        tokio::pin!(patient);
        let early = tokio::time::timeout(Duration::from_millis(60), &mut patient);
        assert!(early.await.is_err(), "it waits on");
        inside.pop();
        patient.await;
        admission.enter(Kind::Query).await.expect("room again");
    }
}
