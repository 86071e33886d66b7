//! The bounds of how much of the backend one client, and all who are not signed in together, may have at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::spec::CallSpec;

/// Queries one client may subscribe to. A page has a few dozen.
pub(super) const MAX_QUERIES: usize = 1_000;
/// Bytes of their arguments.
pub(super) const MAX_QUERY_BYTES: usize = 64 << 20;
/// Queries of one client that run at once, as on Convex.
pub(super) const QUERIES_AT_ONCE: usize = 20;
/// Actions of one client that run at once; the others wait for their turn.
pub(super) const ACTIONS_AT_ONCE: usize = 64;
/// Bytes of requests that wait, after which no more are read from the socket.
pub(super) const MAX_WAITING_BYTES: usize = 32 << 20;
/// Changes of the query set that wait, after which no more are read from the socket.
pub(super) const MAX_WAITING_CHANGES: usize = 4 * MAX_QUERIES;

/// Queries and mutations that sockets run at once whose clients are not signed in.
const ANONYMOUS_CALLS: usize = 16;
/// The same for actions, most of which wait for somebody else.
const ANONYMOUS_ACTIONS: usize = 128;

/// The turns of clients that are not signed in: anybody can open such sockets, and however many there are, the
/// functions have time for others. First come, first served.
#[derive(Debug)]
pub(crate) struct Turns {
    calls: Semaphore,
    actions: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            calls: Semaphore::new(ANONYMOUS_CALLS),
            actions: Semaphore::new(ANONYMOUS_ACTIONS),
        }
    }
}

impl Turns {
    /// Waits until a query or mutation may run. `None` for whoever is signed in, who need not wait.
    pub(super) async fn call(&self, spec: &CallSpec) -> Option<SemaphorePermit<'_>> {
        take(&self.calls, spec).await
    }

    /// Waits until an action may run.
    pub(super) async fn action(&self, spec: &CallSpec) -> Option<SemaphorePermit<'_>> {
        take(&self.actions, spec).await
    }
}

async fn take<'a>(turns: &'a Semaphore, spec: &CallSpec) -> Option<SemaphorePermit<'a>> {
    if !spec.is_anonymous() {
        return None;
    }
    // Never closed.
    turns.acquire().await.ok()
}

/// Bytes of a client's requests that are not done.
#[derive(Debug, Default)]
pub(super) struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    /// Counts a request until the answer is dropped.
    pub(super) fn hold(&self, bytes: usize) -> Held {
        self.0.fetch_add(bytes, Ordering::Relaxed);
        Held {
            bytes,
            of: self.0.clone(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// See [`Waiting::hold`].
#[derive(Debug)]
pub(super) struct Held {
    bytes: usize,
    of: Arc<AtomicUsize>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.of.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use serde_json::json;

    use super::*;
    use crate::auth::Identity;
    use crate::functions::Caller;
    use crate::who::Who;

    fn nobody() -> CallSpec {
        CallSpec::new("todos:list".to_owned(), json!({}), None)
    }

    #[test]
    fn those_who_are_not_signed_in_share_their_turns_and_others_need_none() {
        let turns = Turns::default();
        let spec = nobody();
        let taken: Vec<_> = (0..ANONYMOUS_CALLS)
            .map(|_| turns.call(&spec).now_or_never().unwrap())
            .collect();
        assert!(turns.call(&spec).now_or_never().is_none());
        // Actions are counted by themselves, so that slow ones hold up no query.
        assert!(turns.action(&spec).now_or_never().is_some());
        let ann = Identity {
            issuer: "https://app.example.com".to_owned(),
            subject: "ann".to_owned(),
            token_identifier: "https://app.example.com|ann".to_owned(),
            claims: json!({}),
        };
        let ann = nobody().asked_by(&Who::person(ann, Caller::Public, None));
        assert!(turns.call(&ann).now_or_never().unwrap().is_none());
        drop(taken);
        assert!(turns.call(&spec).now_or_never().is_some());
    }

    #[test]
    fn what_is_done_is_not_counted_any_more() {
        let waiting = Waiting::default();
        let first = waiting.hold(10);
        let _second = waiting.hold(5);
        assert_eq!(waiting.bytes(), 15);
        drop(first);
        assert_eq!(waiting.bytes(), 5);
    }
}
