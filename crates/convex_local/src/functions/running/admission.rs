//! The line of waiting calls, which limits how many functions run at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;

/// The most queries that run at once, and the most mutations, as on a Convex deployment
/// (`DEFAULT_APPLICATION_MAX_FUNCTION_CONCURRENCY` of `get-convex/convex-backend`).
const TRANSACTIONS: usize = 16;
/// The most actions and HTTP actions that run at once (`APPLICATION_MAX_CONCURRENT_V8_ACTIONS`).
const ACTIONS: usize = 64;

/// The admission of functions: first come, first served for each kind.
#[derive(Debug)]
pub(crate) struct Admission {
    queries: Arc<Semaphore>,
    mutations: Arc<Semaphore>,
    actions: Arc<Semaphore>,
    patience: Duration,
}

/// The right to run, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit(
    #[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>,
);

impl Admission {
    /// Creates an admission that refuses calls after they have waited for `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            queries: Arc::new(Semaphore::new(TRANSACTIONS)),
            mutations: Arc::new(Semaphore::new(TRANSACTIONS)),
            actions: Arc::new(Semaphore::new(ACTIONS)),
            patience,
        }
    }

    /// Returns the time when a call that begins to wait now is refused.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.patience
    }

    /// Waits until a function of this kind may run.
    ///
    /// # Errors
    /// When its turn has not come by the `deadline`, with Convex's message. The caller can try again.
    pub(crate) async fn enter(
        &self,
        kind: Kind,
        deadline: Instant,
    ) -> Result<Permit, FunctionError> {
        // A call that has already waited too long elsewhere is refused even if there is room.
        if deadline <= Instant::now() {
            return Err(refuse(kind));
        }
        let turn = tokio::time::timeout_at(deadline, self.wait(kind)).await;
        turn.map_err(|_| refuse(kind))
    }

    /// Waits without a limit: nobody would retry a scheduled function.
    pub(crate) async fn wait(&self, kind: Kind) -> Permit {
        let semaphore = match kind {
            Kind::Query => &self.queries,
            Kind::Mutation => &self.mutations,
            Kind::Action => &self.actions,
        };
        // It fails only if the semaphore is closed, which never happens.
        Permit(Arc::clone(semaphore).acquire_owned().await.ok())
    }
}

fn refuse(kind: Kind) -> FunctionError {
    let (most, name) = match kind {
        Kind::Query => (TRANSACTIONS, "queries"),
        Kind::Mutation => (TRANSACTIONS, "mutations"),
        Kind::Action => (ACTIONS, "actions"),
    };
    FunctionError::interrupted(format!(
        "Too many concurrent requests. Your backend is limited to {most} concurrent {name}. Try again."
    ))
}

#[cfg(test)]
mod tests {
    use futures::poll;

    use super::*;

    #[tokio::test]
    async fn calls_beyond_capacity_wait_in_line_and_are_refused_at_their_deadline() {
        let admission = Admission::new(Duration::from_secs(600));
        let enter = async |kind| admission.enter(kind, admission.deadline()).await;
        let mut inside = Vec::new();
        for _ in 0..TRANSACTIONS {
            inside.push(enter(Kind::Query).await.expect("there is room"));
        }
        let refused = admission.enter(Kind::Query, Instant::now()).await;
        let refused = refused.expect_err("it is full");
        assert!(refused.interrupted);
        assert!(refused.message.starts_with("Too many concurrent requests."));
        enter(Kind::Mutation).await.expect("another line");

        let first = admission.wait(Kind::Query);
        let second = admission.wait(Kind::Query);
        tokio::pin!(first, second);
        assert!(poll!(&mut first).is_pending(), "it waits");
        assert!(poll!(&mut second).is_pending(), "the next one waits, too");
        inside.pop();
        assert!(poll!(&mut second).is_pending(), "it is not its turn");
        let permit = first.await;
        drop(permit);
        second.await;
        enter(Kind::Query).await.expect("room again");
    }

    #[tokio::test]
    async fn a_call_past_its_deadline_is_refused_even_if_there_is_room() {
        let admission = Admission::new(Duration::ZERO);
        let refused = admission.enter(Kind::Query, admission.deadline()).await;
        assert!(refused.is_err());
    }
}
