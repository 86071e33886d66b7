//! Public queries out of one live subscription.
//!
//! Rendering a page for somebody who is not signed in usually asks Convex the same few questions again and
//! again. [`HttpClient::with_live_queries`](super::HttpClient::with_live_queries) subscribes to them once, with
//! the `convex` crate's client, and answers from memory for as long as the subscription stands: no round trip.
//!
//! - Only calls without a token: nothing of one person can reach another.
//! - Bounded: so many queries, and none that nobody asked for in a while. What is over the bound goes over HTTP.
//! - Never old news after a drop: while the socket is down, and until it has caught up, calls go over HTTP.
//! - A person who just wrote something through this process sees it: for a moment after each mutation and action
//!   ([`LiveOptions::settle`]) calls go over HTTP, because the push may be a few milliseconds behind.

mod answers;
mod client;
mod convert;
#[cfg(test)]
mod tests;
mod worker;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use self::answers::{Answer, Answers, Lookup};
use crate::{
    call::{Query, QueryKey},
    value::Value,
};

/// Bounds of the live queries a server holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveOptions {
    /// How many queries to hold at most, each with its result in memory. Default: 256.
    pub max_queries: usize,
    /// A query that nobody asked for as long as this is given up. Default: 5 minutes.
    pub idle: Duration,
    /// How long calls go over HTTP after a mutation or action of this process. Default: 1 s.
    pub settle: Duration,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            max_queries: 256,
            idle: Duration::from_secs(300),
            settle: Duration::from_secs(1),
        }
    }
}

impl LiveOptions {
    /// Sets how many queries to hold at most.
    #[must_use]
    pub const fn with_max_queries(mut self, max_queries: usize) -> Self {
        self.max_queries = max_queries;
        self
    }

    /// Sets how long a query is held that nobody asks for.
    #[must_use]
    pub const fn with_idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Sets how long calls go over HTTP after a mutation or action of this process.
    #[must_use]
    pub const fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }
}

/// A query to subscribe to.
#[derive(Debug)]
struct Wanted {
    key: QueryKey,
    args: Arc<Value>,
}

/// The live queries of one deployment. Cheap to clone.
#[derive(Clone)]
pub(super) struct LiveQueries(Arc<Shared>);

struct Shared {
    deployment: String,
    answers: Arc<Mutex<Answers>>,
    /// To the worker, which is started by the first query: only then is there surely a runtime.
    wanted: OnceLock<mpsc::UnboundedSender<Wanted>>,
    options: LiveOptions,
}

impl LiveQueries {
    pub(super) fn new(deployment: String, options: LiveOptions) -> Self {
        Self(Arc::new(Shared {
            deployment,
            answers: Arc::new(Mutex::new(Answers::new(options))),
            wanted: OnceLock::new(),
            options,
        }))
    }

    /// Returns the result of `query` at this moment; `None` when it has to be fetched. Asking for it once is what makes
    /// it live.
    pub(super) fn answer<T>(&self, query: &Query<T>) -> Option<Answer> {
        // A query that cannot be encoded is told so by the way that fetches it.
        let (key, args) = (query.key().ok()?, query.args().ok()?);
        match lock(&self.0.answers).look_up(&key, Instant::now()) {
            Lookup::Known(answer) => return Some(answer),
            Lookup::Unknown => return None,
            Lookup::Wanted => {}
        }
        let args = Arc::clone(args);
        // The worker ends with the last client; there is nobody left to miss it then.
        drop(self.worker().send(Wanted { key, args }));
        None
    }

    /// Notes that this process has written something.
    pub(super) fn wrote(&self) {
        lock(&self.0.answers).wrote(Instant::now());
    }

    fn worker(&self) -> &mpsc::UnboundedSender<Wanted> {
        self.0.wanted.get_or_init(|| {
            let (sender, receiver) = mpsc::unbounded_channel();
            tokio::spawn(worker::run(
                self.0.deployment.clone(),
                self.0.options.idle,
                Arc::downgrade(&self.0.answers),
                receiver,
            ));
            sender
        })
    }
}

impl fmt::Debug for LiveQueries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Results may hold what must not be logged.
        f.debug_struct("LiveQueries")
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}

/// Locks. Nothing in here can be left half done by a panic.
fn lock(answers: &Mutex<Answers>) -> MutexGuard<'_, Answers> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}
