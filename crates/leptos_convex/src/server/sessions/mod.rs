//! Live sessions: the preloaded results of a signed-in visitor's pages, kept in memory for a while after each load.
//!
//! Each page that a signed-in visitor loads asks Convex mostly the same queries as the page before. The first load
//! asks over HTTP and opens a subscription in the background, in that person's name. Later loads are answered from
//! it, without a request.
//!
//! - One person's results stay theirs: a session answers only for the very token it was opened with.
//! - Results are never outdated: a session answers while Convex has confirmed it in the last few seconds, with every
//!   write of this server for that session, and with nothing older than the browser has seen. Otherwise the page asks
//!   over HTTP.
//! - Visitors' writes go over their session, too, and run once: after a lost connection a mutation is sent again, as
//!   the sync protocol defines it.
//! - Sessions never delay a page: no load waits for a session. Any failure of a session ends it.
//! - The number of sessions, in all and for each person, of queries and of bytes is limited. A session that is not
//!   used for a while is closed.

mod open;
mod pool;
mod session;
mod socket;
mod task;
#[cfg(test)]
mod tests;
mod writes;

use std::{fmt, sync::Arc, time::Duration};

use self::pool::Pool;
use serde::de::DeserializeOwned;

use super::{BuildError, HttpClient, Snapshot};
use crate::call::{CallError, Mutation, Query};

pub(super) use crate::sync::Frame;

/// Limits for the live sessions of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveSessionOptions {
    /// How many sessions to hold at most, each with its own socket. A new one replaces the one that has been unused
    /// for longest. Default: 1,000.
    pub max_sessions: usize,
    /// How long a session is kept without being used. Default: 1 minute.
    pub idle: Duration,
    /// How many queries a session holds at most. Default: 64.
    pub max_queries: usize,
    /// How many bytes of results all sessions hold together. When it is too much, the session that has been unused
    /// for longest is closed. Default: 64 MiB.
    pub max_bytes: usize,
}

impl Default for LiveSessionOptions {
    fn default() -> Self {
        Self {
            max_sessions: 1_000,
            idle: Duration::from_secs(60),
            max_queries: 64,
            max_bytes: 64 * 1024 * 1024,
        }
    }
}

impl LiveSessionOptions {
    /// Sets how many sessions to hold at most; zero holds none.
    #[must_use]
    pub const fn with_max_sessions(mut self, max_sessions: usize) -> Self {
        self.max_sessions = max_sessions;
        self
    }

    /// Sets how long a session is kept without being used.
    #[must_use]
    pub const fn with_idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Sets how many queries a session holds at most.
    #[must_use]
    pub const fn with_max_queries(mut self, max_queries: usize) -> Self {
        self.max_queries = max_queries;
        self
    }

    /// Sets how many bytes of results all sessions hold together.
    #[must_use]
    pub const fn with_max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }
}

/// The visitor who loads a page.
#[derive(Clone, Copy)]
pub struct LiveVisitor<'a> {
    /// The session's name. It is unique and a secret of its browser, such as the hash of its cookie.
    pub session: &'a [u8],
    /// The person. One person may have a few sessions at a time, in different browsers.
    pub person: &'a str,
    /// The person's token. The caller has verified it, for this request.
    pub token: &'a str,
    /// How long the token is valid.
    pub ends_in: Duration,
    /// Moments that this browser has seen, as Convex writes them. The session gives no older results. Text that is
    /// not a moment counts as newer than any.
    pub seen: &'a [String],
}

impl fmt::Debug for LiveVisitor<'_> {
    /// Leaves out session, person and token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveVisitor")
            .field("ends_in", &self.ends_in)
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}

/// The number of sessions, and counts of their use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveSessionCounts {
    /// Sessions held now.
    pub sessions: usize,
    /// Bytes of queries and results held now.
    pub bytes: usize,
    /// Sessions opened so far.
    pub opened: u64,
    /// Moments given to pages so far.
    pub moments: u64,
    /// Pages that had to ask over HTTP so far.
    pub misses: u64,
    /// Mutations sent so far.
    pub writes: u64,
}

/// The outcome of a mutation.
#[derive(Debug)]
#[non_exhaustive]
pub struct LiveWrite<T> {
    /// The mutation's result. After [`CallError::Network`] it may have run, or may still run.
    pub result: Result<T, CallError>,
    /// The moment of its writes. A page loaded afterwards must show nothing older.
    pub ts: Option<String>,
}

/// The live sessions of one deployment. It is cheap to clone. Dropping the last clone closes all sessions.
///
/// ```
/// use std::time::Duration;
/// use leptos_convex::{CallError, Preloaded, Query};
/// use leptos_convex::server::{HttpClient, LiveSessions, LiveVisitor};
///
/// # async fn page(http: &HttpClient, live: &LiveSessions, session: &[u8], person: &str, token: &str)
/// # -> Result<(), CallError> {
/// let visitor = LiveVisitor { session, person, token, ends_in: Duration::from_secs(600), seen: &[] };
/// let query = Query::<Vec<String>>::new("todos:list", ());
/// let moment = match live.moment(visitor) {
///     Some(moment) => moment,
///     None => http.snapshot().await?,
/// };
/// live.follow(visitor, &query);
/// let todos = match moment.known(&query) {
///     Some(todos) => todos,
///     None => {
///         let value = moment.query_value(&query, Some(token)).await?;
///         Preloaded::for_person(&query, Some(&value))?.read_at(moment.ts())
///     }
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LiveSessions(Arc<Pool>);

impl LiveSessions {
    /// Creates the live sessions of the deployment that `client` calls. No session is opened yet.
    ///
    /// Sessions connect to the deployment directly, even if `HTTP_PROXY` is set. If that does not work, every page
    /// asks over HTTP.
    ///
    /// # Errors
    /// [`BuildError::Tls`] when the certificates of this machine cannot be used.
    pub fn new(client: &HttpClient, options: LiveSessionOptions) -> Result<Self, BuildError> {
        Ok(Self(Arc::new(Pool::new(client.clone(), options)?)))
    }

    /// Returns the data of one moment from the visitor's session. Returns `None` when there is no reliable session at
    /// the moment; the page must then ask for a moment over HTTP. This never waits.
    ///
    /// Queries that the session does not hold go over HTTP, through [`Snapshot::query_value`], for the same moment.
    #[must_use]
    pub fn moment(&self, visitor: LiveVisitor<'_>) -> Option<Snapshot> {
        let (client, frame) = self.0.moment(visitor)?;
        Some(Snapshot::of_frame(client, frame))
    }

    /// Keeps `query` live in the visitor's session, which is opened if there is none. Call it for each query that a
    /// page shows. This never waits.
    pub fn follow<T>(&self, visitor: LiveVisitor<'_>, query: &Query<T>) {
        // A query that cannot be encoded gets its error from the HTTP request.
        if let Ok(key) = query.key() {
            self.0.follow(visitor, key);
        }
    }

    /// Runs `mutation` over the visitor's session, once, and waits until the session shows its writes. Returns `None`
    /// when there is no reliable session at the moment; nothing has been sent then.
    ///
    /// If the connection is lost, the same mutation is sent again on a new connection, and Convex still runs it only
    /// once. It takes at most as long as a mutation over HTTP may take
    /// ([`HttpOptions::timeout`](super::HttpOptions::timeout)).
    pub async fn mutation<T: DeserializeOwned>(
        &self,
        visitor: LiveVisitor<'_>,
        mutation: &Mutation<T>,
    ) -> Option<LiveWrite<T>> {
        // Arguments that cannot be encoded get their error from the HTTP request.
        let args = Arc::clone(mutation.args().ok()?);
        let outcome = self.0.write(visitor, mutation.path(), args).await?;
        let ts = outcome.as_ref().ok().map(|(_, ts)| ts.encode());
        let result = outcome.and_then(|(result, _)| mutation.read(&result));
        Some(LiveWrite { result, ts })
    }

    /// Notes that something has been written in this session's name, or may have been. The session answers again once
    /// it has certainly seen that write.
    pub fn wrote(&self, session: &[u8]) {
        self.0.wrote(session);
    }

    /// Ends a session: the visitor has signed out, the token was refused, or the session has passed to another
    /// person.
    pub fn end(&self, session: &[u8]) {
        self.0.end(session);
    }

    /// Returns the number of sessions, and counts of their use.
    #[must_use]
    pub fn counts(&self) -> LiveSessionCounts {
        self.0.counts()
    }
}

impl Snapshot {
    fn of_frame(client: HttpClient, frame: Arc<Frame>) -> Self {
        Self {
            client,
            ts: frame.ts().to_owned(),
            frame: Some(frame),
        }
    }
}

impl fmt::Debug for LiveSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Results may hold secrets that must not be logged.
        f.debug_struct("LiveSessions")
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
