//! Live sessions: what a signed-in visitor's pages preload, kept in memory for a while after each load.
//!
//! A page that somebody signed in loads asks Convex the same questions as the one they loaded before. The first load
//! asks over HTTP and opens a subscription in the background, in that person's name; further loads are answered from
//! it, without a request.
//!
//! - One person's results stay theirs: a session answers only who shows the very token it was opened with.
//! - Never old: a session answers while Convex has confirmed it in the last few seconds, after everything that this
//!   server wrote for it, and not with less than the browser has seen. Otherwise the page asks over HTTP.
//! - What visitors write goes over their session as well, and runs once: what was sent is sent again after the
//!   connection was lost, as the sync protocol has it.
//! - Never in the way: no load waits for a session. Whatever goes wrong with one ends it.
//! - Bounded: so many sessions, a few of them one person's, so many queries and bytes, and none that nobody used for a
//!   while.

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

/// Bounds of the live sessions a server holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveSessionOptions {
    /// How many sessions to hold at most, each with a socket of its own. The one that nobody used for longest makes
    /// room. Default: 1,000.
    pub max_sessions: usize,
    /// A session that nobody used for as long as this is closed. Default: 1 minute.
    pub idle: Duration,
    /// How many queries a session holds at most. Default: 64.
    pub max_queries: usize,
    /// How many bytes of results all sessions hold together. The one that nobody used for longest makes room.
    /// Default: 64 MiB.
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

    /// Sets how long a session is held that nobody uses.
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

/// Who loads a page.
#[derive(Clone, Copy)]
pub struct LiveVisitor<'a> {
    /// What names the session among all others and is a secret of its browser, such as the hash of its cookie.
    pub session: &'a [u8],
    /// Whose session it is: a person may have a few at a time, in as many browsers.
    pub person: &'a str,
    /// The person's token. The caller has verified it, for this request.
    pub token: &'a str,
    /// How long the token holds.
    pub ends_in: Duration,
    /// Moments that this browser has seen, as Convex writes them: nothing older is answered. What is no moment is newer
    /// than any.
    pub seen: &'a [String],
}

impl fmt::Debug for LiveVisitor<'_> {
    /// Leaves session, person and token out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveVisitor")
            .field("ends_in", &self.ends_in)
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}

/// How many sessions there are, and what they have been good for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveSessionCounts {
    /// Held at this moment.
    pub sessions: usize,
    /// Bytes of queries and results held at this moment.
    pub bytes: usize,
    /// Opened so far.
    pub opened: u64,
    /// Moments given to pages so far.
    pub moments: u64,
    /// Pages that had to ask over HTTP so far.
    pub misses: u64,
    /// Mutations sent so far.
    pub writes: u64,
}

/// What became of a mutation.
#[derive(Debug)]
#[non_exhaustive]
pub struct LiveWrite<T> {
    /// Its result. After [`CallError::Network`] it may have run, or may still do so.
    pub result: Result<T, CallError>,
    /// The moment of its writes. Who loads a page after it must not be shown less.
    pub ts: Option<String>,
}

/// The live sessions of one deployment. Cheap to clone; with the last clone all of them are closed.
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
    /// Creates the live sessions of the deployment that `client` calls. Opens nothing yet.
    ///
    /// They connect to the deployment directly, whatever `HTTP_PROXY` says. Where that does not work, every page asks
    /// over HTTP.
    ///
    /// # Errors
    /// [`BuildError::Tls`] when the certificates of this machine cannot be used.
    pub fn new(client: &HttpClient, options: LiveSessionOptions) -> Result<Self, BuildError> {
        Ok(Self(Arc::new(Pool::new(client.clone(), options)?)))
    }

    /// Returns the data of one moment out of the visitor's session; `None` when there is no session that can be relied
    /// on now, and the page has to ask for a moment over HTTP. Waits for nothing.
    ///
    /// What the session does not hold, [`Snapshot::query_value`] asks over HTTP, for the same moment.
    #[must_use]
    pub fn moment(&self, visitor: LiveVisitor<'_>) -> Option<Snapshot> {
        let (client, frame) = self.0.moment(visitor)?;
        Some(Snapshot::of_frame(client, frame))
    }

    /// Keeps `query` live in the visitor's session, which is opened if there is none: to be called for each query that
    /// a page shows. Waits for nothing.
    pub fn follow<T>(&self, visitor: LiveVisitor<'_>, query: &Query<T>) {
        // A query that cannot be encoded is told so by the way that fetches it.
        if let Ok(key) = query.key() {
            self.0.follow(visitor, key);
        }
    }

    /// Runs `mutation` over the visitor's session, once, and waits until the session shows what it wrote. `None`:
    /// there is no session that can be relied on now, and nothing has been sent.
    ///
    /// If the connection is lost, the same mutation is sent again on another one, and Convex runs it once all the same.
    /// It takes as long at most as a mutation over HTTP may ([`HttpOptions::timeout`](super::HttpOptions::timeout)).
    pub async fn mutation<T: DeserializeOwned>(
        &self,
        visitor: LiveVisitor<'_>,
        mutation: &Mutation<T>,
    ) -> Option<LiveWrite<T>> {
        // Arguments that cannot be encoded are told so by the way over HTTP.
        let args = Arc::clone(mutation.args().ok()?);
        let outcome = self.0.write(visitor, mutation.path(), args).await?;
        let ts = outcome.as_ref().ok().map(|(_, ts)| ts.encode());
        let result = outcome.and_then(|(result, _)| mutation.read(&result));
        Some(LiveWrite { result, ts })
    }

    /// Notes that something has been written in this session's name, or may have been: it answers again once it has
    /// surely seen that.
    pub fn wrote(&self, session: &[u8]) {
        self.0.wrote(session);
    }

    /// Ends a session: signed out, refused, somebody else's from now on.
    pub fn end(&self, session: &[u8]) {
        self.0.end(session);
    }

    /// Returns how many there are, and what they have been good for.
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
        // Results may hold what must not be logged.
        f.debug_struct("LiveSessions")
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
