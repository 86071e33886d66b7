//! The live client: one socket that everything on the page shares.

mod address;
mod auth;
mod hydration;
mod options;
mod outlet;
mod subscription;
mod watch;

use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
};

use futures::channel::oneshot;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

pub use self::{
    auth::ConvexAuth,
    options::{ClientOptions, ServerCookies},
    watch::{OnUpdate, Watch},
};
pub(crate) use self::{outlet::Outlet, subscription::Subscription};
use crate::{
    call::{Action, Call, CallError, Mutation, Query},
    logger::LogLevel,
    sync::{
        ConnectionState, Core, Event, InitialAuth, OptimisticUpdate, Request, RequestKind,
        Timestamp, TokenOutcome,
    },
    transport::{self, Platform},
    value::Encoded,
    worker::Worker,
};

/// A live connection to a Convex deployment.
///
/// It is cheap to clone. All clones share one socket, which opens at the first use and closes with the last clone.
/// Give the client to the page with [`ConvexProvider`](crate::ConvexProvider).
///
/// On the server the client does nothing: it sends nothing, queries stay loading, and calls end in
/// [`CallError::Closed`]. Use `server::HttpClient` there.
#[derive(Clone)]
pub struct ConvexClient {
    worker: Arc<Worker>,
    requests: Arc<AtomicU32>,
    url: Arc<str>,
}

impl ConvexClient {
    /// Creates a client of the deployment at `url` (`https://happy-animal-123.convex.cloud`); `""` stands for the
    /// origin of this page. If `url` is not the URL of a deployment, the client never connects. It then reports the
    /// reason on the console, in [`ConnectionState::fatal_error`], and as the error of every query and call.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self::with_options(url, ClientOptions::default())
    }

    /// Does what [`ConvexClient::new`] does, with options.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "options may come to hold what is kept"
    )]
    pub fn with_options(url: &str, options: ClientOptions) -> Self {
        Self::with_platform(url, &options, transport::platform(url, &options))
    }

    pub(crate) fn with_platform(
        url: &str,
        options: &ClientOptions,
        platform: Box<dyn Platform>,
    ) -> Self {
        let core = Core::new(uuid::Uuid::new_v4(), options.settings());
        let worker = Worker::start(core, platform);
        if let Err(complaint) = address::check(url) {
            let text = ["[Convex] ", &complaint].concat();
            worker.platform.tell(LogLevel::Error, &text);
            worker.push(Event::Shutdown(Some(complaint)));
        }
        let client = Self {
            worker,
            requests: Arc::default(),
            url: url.into(),
        };
        drop(client.hydrating());
        client
    }

    /// Notes that the page shows data of the moment `ts`. The live client will not show older data.
    pub(crate) fn observe(&self, ts: &str) {
        if let Some(ts) = Timestamp::decode(ts) {
            self.worker.push_soon(Event::Observed(ts));
        }
    }

    /// Returns a handle that does not keep the connection open.
    #[must_use]
    pub fn downgrade(&self) -> WeakConvexClient {
        WeakConvexClient {
            worker: Arc::downgrade(&self.worker),
            requests: Arc::clone(&self.requests),
            url: Arc::clone(&self.url),
        }
    }

    /// Returns the deployment's URL, as it was given.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sets how to get tokens, and what is known about the user so far.
    ///
    /// `fetch` is called when a token is needed. Its argument is true when a cached token will not do.
    /// [`TokenOutcome`] lists the possible answers. With [`InitialAuth::Token`] the first frames sent are `Connect`,
    /// `Authenticate` and the queries, and no other token is fetched until this one is about to expire. With
    /// [`InitialAuth::Unknown`] only `Connect` is sent until `fetch` has answered.
    ///
    /// The client owns `fetch`. If `fetch` owned the client, neither would ever be dropped: give it a client from
    /// [`ConvexClient::downgrade`].
    ///
    /// Calling this again with a token of the same person only replaces the token. A token of another person hides
    /// every result until the backend has answered for that person.
    pub fn set_auth<F, Fut>(&self, initial: InitialAuth, fetch: F)
    where
        F: Fn(bool) -> Fut + 'static,
        Fut: Future<Output = TokenOutcome> + 'static,
    {
        if self.worker.platform.is_live() {
            self.worker
                .platform
                .set_fetcher(Some(Box::new(move |force| Box::pin(fetch(force)))));
            self.worker.push(Event::SetAuth(initial));
            self.worker.outlet.note_rendered_auth();
        } else {
            self.worker.outlet.seed_auth(&initial);
        }
    }

    /// Fetches a token now. Call it after signing in, or when another tab has signed in or out.
    pub fn refresh_auth(&self) {
        self.worker.push(Event::RefreshAuth);
    }

    /// Continues as nobody. Results of the previous person are hidden at once.
    ///
    /// An app without accounts that uses [`Unauthenticated`](crate::Unauthenticated) or one of its siblings calls
    /// this once. Until `set_auth` or `clear_auth` is called, the signed-in state is loading.
    pub fn clear_auth(&self) {
        if !self.worker.platform.is_live() {
            return self.worker.outlet.seed_auth(&InitialAuth::SignedOut);
        }
        self.worker.platform.set_fetcher(None);
        self.worker.push(Event::ClearAuth);
    }

    /// Returns the signed-in state, as signals.
    #[must_use]
    pub fn auth(&self) -> ConvexAuth {
        let outlet = &self.worker.outlet;
        ConvexAuth::new(self.when_hydrated(outlet.auth(), outlet.rendered_auth()))
    }

    /// Returns how many queries have a signal.
    #[cfg(test)]
    pub(crate) fn queries(&self) -> usize {
        self.worker.outlet.queries()
    }

    /// Returns a number that grows each time the user changes, to another person or to nobody. Does not track.
    pub(crate) fn epoch(&self) -> u32 {
        self.worker.outlet.epoch()
    }

    /// Returns the connection's state, as a signal.
    #[must_use]
    pub fn connection_state(&self) -> Signal<ConnectionState> {
        self.when_hydrated(self.worker.outlet.connection(), ConnectionState::default())
    }

    /// Runs `query` once. Returns the current result when something subscribes to the query, a fresh one otherwise.
    ///
    /// # Errors
    /// The function's error, or the reason why there is no result of the expected type.
    pub fn query<T>(
        &self,
        query: Query<T>,
    ) -> impl Future<Output = Result<T, CallError>> + Send + use<T>
    where
        T: DeserializeOwned + 'static,
    {
        let subscription = query.key().map(|key| self.subscribe_now(key));
        async move {
            let result = subscription?.first().await?;
            query.read(&result)
        }
    }

    /// Subscribes to `query` ahead of its use, for example while the pointer is over a link. The result is kept live
    /// for as long as a query is kept after its last subscriber has gone ([`ClientOptions::linger`]). This is
    /// `prewarmQuery` of `convex/react`.
    pub fn prewarm<T>(&self, query: &Query<T>) {
        if let Ok(key) = query.key() {
            drop(self.subscribe(key));
        }
    }

    /// Runs `mutation`. The future resolves once the queries on the page show what the mutation wrote.
    ///
    /// The mutation is sent at the call, not when the future is first polled, and it survives reconnects.
    ///
    /// # Errors
    /// The function's error, or the reason why there is no result of the expected type.
    pub fn mutation<T>(
        &self,
        mutation: Mutation<T>,
    ) -> impl Future<Output = Result<T, CallError>> + Send + use<T>
    where
        T: DeserializeOwned + 'static,
    {
        self.request(RequestKind::Mutation, mutation)
    }

    /// Runs `action`.
    ///
    /// # Errors
    /// The function's error, [`CallError::ConnectionLost`] when the connection broke meanwhile, or the reason why
    /// there is no result of the expected type.
    pub fn action<T>(
        &self,
        action: Action<T>,
    ) -> impl Future<Output = Result<T, CallError>> + Send + use<T>
    where
        T: DeserializeOwned + 'static,
    {
        self.request(RequestKind::Action, action)
    }

    fn request<K, T>(
        &self,
        kind: RequestKind,
        call: Call<K, T>,
    ) -> impl Future<Output = Result<T, CallError>> + Send + use<K, T>
    where
        K: 'static,
        T: DeserializeOwned + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        // The receiver may have been dropped.
        self.submit(kind, &call, None, |result| drop(sender.send(result)));
        async move { call.read(&receiver.await.unwrap_or(Err(CallError::Closed))?) }
    }

    /// Sends a request. `done` is called with the answer exactly once.
    pub(crate) fn submit<K, T>(
        &self,
        kind: RequestKind,
        call: &Call<K, T>,
        optimistic: Option<OptimisticUpdate>,
        done: impl FnOnce(Result<Encoded, CallError>) + Send + 'static,
    ) {
        let args = match call.args() {
            Ok(args) => Arc::clone(args),
            Err(error) => return done(Err(error)),
        };
        if !self.worker.platform.is_live() {
            return done(Err(CallError::Closed));
        }
        let id = self.requests.fetch_add(1, Ordering::Relaxed);
        self.worker.outlet.expect_answer(id, Box::new(done));
        self.worker.push(Event::Request(Request {
            id,
            kind,
            path: call.path().to_owned(),
            args,
            optimistic,
        }));
    }

    /// Closes the connection for good. Pending requests end in [`CallError::Closed`].
    pub fn close(&self) {
        self.worker.push(Event::Shutdown(None));
    }
}

/// A [`ConvexClient`] that does not keep the connection open; made by [`ConvexClient::downgrade`].
#[derive(Clone)]
pub struct WeakConvexClient {
    worker: Weak<Worker>,
    requests: Arc<AtomicU32>,
    url: Arc<str>,
}

impl WeakConvexClient {
    /// Returns the client, if it still exists.
    #[must_use]
    pub fn upgrade(&self) -> Option<ConvexClient> {
        Some(ConvexClient {
            worker: self.worker.upgrade()?,
            requests: Arc::clone(&self.requests),
            url: Arc::clone(&self.url),
        })
    }
}

impl fmt::Debug for WeakConvexClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakConvexClient")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ConvexClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConvexClient")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
