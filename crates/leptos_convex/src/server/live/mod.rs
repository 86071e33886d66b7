//! Public queries answered from one live subscription.
//!
//! Pages for visitors who are not signed in usually ask Convex the same few queries again and again.
//! [`HttpClient::with_live_queries`](super::HttpClient::with_live_queries) subscribes to them once, with the `convex`
//! crate's client. While the subscription stands, it answers from memory, without a round trip.
//!
//! - Only calls without a token are answered: data of one person cannot reach another.
//! - The number of queries is limited, and queries that are not used for a while are dropped. Calls beyond the limit
//!   go over HTTP.
//! - Results are never outdated after a lost connection: while the socket is down, and until it has caught up, calls
//!   go over HTTP.
//! - Visitors see their own writes through this process: for a moment after each mutation and action
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

/// Limits for the live queries of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveOptions {
    /// How many queries to hold at most, with their results in memory. Default: 256.
    pub max_queries: usize,
    /// How long a query is kept without being used. Default: 5 minutes.
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

    /// Sets how long a query is kept without being used.
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

/// The live queries of one deployment. It is cheap to clone.
#[derive(Clone)]
pub(super) struct LiveQueries(Arc<Shared>);

struct Shared {
    deployment: String,
    answers: Arc<Mutex<Answers>>,
    /// The channel to the worker. The first query starts the worker, because only then is a runtime certain to exist.
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

    /// Returns the current result of `query`; `None` when it must be fetched. The first look-up makes the query live.
    pub(super) fn answer<T>(&self, query: &Query<T>) -> Option<Answer> {
        // A query that cannot be encoded gets its error from the HTTP request.
        let (key, args) = (query.key().ok()?, query.args().ok()?);
        match lock(&self.0.answers).look_up(&key, Instant::now()) {
            Lookup::Known(answer) => return Some(answer),
            Lookup::Unknown => return None,
            Lookup::Wanted => {}
        }
        let args = Arc::clone(args);
        // The worker ends with the last client, so no client can notice its end.
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
        // Results may hold secrets that must not be logged.
        f.debug_struct("LiveQueries")
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}

/// Locks the state. A panic cannot leave it half changed.
fn lock(answers: &Mutex<Answers>) -> MutexGuard<'_, Answers> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}
