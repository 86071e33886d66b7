#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;
#[cfg(all(test, feature = "ssr"))]
mod tests;

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
};

use leptos::{
    prelude::*,
    reactive::traits::{DefinedAt, IsDisposed, ReadUntracked, Track},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[cfg(not(feature = "ssr"))]
use self::browser::first_result;
#[cfg(feature = "ssr")]
use self::server::first_result;
use super::{
    IntoQuery, QueryState, UseQuery,
    live_query::live_query,
    source::{First, SourceOptions},
    use_convex,
};
use crate::{
    call::{CallError, Preloaded, Query},
    value::Value,
};

/// The outcome of a query that ran once, with its result untyped.
type FirstResult = Result<Preloaded<Value>, CallError>;
type Fetch =
    Arc<dyn Fn(Query<Value>) -> Pin<Box<dyn Future<Output = FirstResult> + Send>> + Send + Sync>;

/// Settings of [`use_suspense_query_with_options`].
#[derive(Clone)]
pub struct SuspenseOptions {
    blocking: bool,
    personal: bool,
    fetch: Fetch,
}

impl SuspenseOptions {
    /// Creates the options of a query whose result is the same for everybody. It runs as nobody, and the result is
    /// streamed.
    #[must_use]
    pub fn new() -> Self {
        Self::fetched_by(first_result(), false)
    }

    /// Sets that the result belongs to the signed-in person. `preload` fetches the first result in their name: on the
    /// server with their token, in the browser through the live client.
    pub fn for_person<Fut>(preload: impl Fn(Query<Value>) -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = Result<Preloaded<Value>, CallError>> + Send + 'static,
    {
        Self::fetched_by(preload, true)
    }

    /// Sets whether the server waits for the result before it sends anything, so that it can still choose the page's
    /// status; `Resource::new_blocking`. Default: no, the result is streamed into its place.
    #[must_use]
    pub const fn blocking(mut self, blocking: bool) -> Self {
        self.blocking = blocking;
        self
    }

    fn fetched_by<Fut>(
        fetch: impl Fn(Query<Value>) -> Fut + Send + Sync + 'static,
        personal: bool,
    ) -> Self
    where
        Fut: Future<Output = FirstResult> + Send + 'static,
    {
        Self {
            blocking: false,
            personal,
            fetch: Arc::new(move |query| Box::pin(fetch(query))),
        }
    }
}

impl Default for SuspenseOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SuspenseOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SuspenseOptions")
            .field("blocking", &self.blocking)
            .finish_non_exhaustive()
    }
}

/// The first result of a query, in the form sent from the server to the browser.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Found {
    /// `None` when there is no query.
    result: Option<FirstResult>,
    /// The query of this result. Not known for a result from the server, which belongs to the first query.
    #[serde(skip)]
    query: Option<Query<Value>>,
    /// The person that the result is for.
    #[serde(skip)]
    epoch: u32,
}

/// A live query that a `<Suspense>` waits for, as a signal of `Option<T>`; see [`use_suspense_query`]. It is `Copy`.
///
/// When it is read inside a `<Suspense>` or `<Transition>`, that component waits while there is no result. Awaiting
/// it gives the [`UseQuery`] with its first result.
pub struct UseSuspenseQuery<T: Send + Sync + 'static> {
    query: UseQuery<T>,
    first: Resource<Found>,
}

impl<T: Send + Sync + 'static> Clone for UseSuspenseQuery<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for UseSuspenseQuery<T> {}

impl<T: Send + Sync + 'static> fmt::Debug for UseSuspenseQuery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseSuspenseQuery").finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> DefinedAt for UseSuspenseQuery<T> {
    fn defined_at(&self) -> Option<&'static std::panic::Location<'static>> {
        self.query.defined_at()
    }
}

impl<T: Send + Sync + 'static> IsDisposed for UseSuspenseQuery<T> {
    fn is_disposed(&self) -> bool {
        self.query.is_disposed()
    }
}

impl<T: Send + Sync + 'static> Track for UseSuspenseQuery<T> {
    fn track(&self) {
        self.query.track();
    }
}

impl<T: Send + Sync + 'static> ReadUntracked for UseSuspenseQuery<T> {
    type Value = <UseQuery<T> as ReadUntracked>::Value;

    fn try_read_untracked(&self) -> Option<Self::Value> {
        self.query.try_read_untracked()
    }

    fn custom_try_read(&self) -> Option<Option<Self::Value>> {
        self.query.custom_try_read()
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> From<UseSuspenseQuery<T>> for Signal<Option<T>> {
    fn from(query: UseSuspenseQuery<T>) -> Self {
        query.query.into()
    }
}

impl<T: Send + Sync + 'static> IntoFuture for UseSuspenseQuery<T> {
    type Output = Result<UseQuery<T>, CallError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    /// Waits for the first result. Returns the live query, or the error if the first run failed.
    fn into_future(self) -> Self::IntoFuture {
        let first = self.first.into_future();
        Box::pin(async move {
            match first.await.result {
                Some(Err(error)) => Err(error),
                _ => Ok(self.query),
            }
        })
    }
}

impl<T: Send + Sync + 'static> UseSuspenseQuery<T> {
    /// Returns the same query as a handle that waits for nothing.
    #[must_use]
    pub const fn query(&self) -> UseQuery<T> {
        self.query
    }

    /// Returns whether there is neither a result nor an error. Tracks.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.query.is_loading()
    }

    /// Returns the query's error. Tracks.
    #[must_use]
    pub fn error(&self) -> Option<CallError> {
        self.query.error()
    }

    /// Returns the state, to match on: loading, result or error. Tracks.
    #[must_use]
    pub fn state(&self) -> QueryState<T>
    where
        T: Clone,
    {
        self.query.state()
    }

    /// Returns the result or the error, for an `<ErrorBoundary>` around the `<Suspense>` or `<Transition>`; `None`
    /// while that component waits, and when there is no query. Tracks.
    #[must_use]
    pub fn result(&self) -> Option<Result<T, CallError>>
    where
        T: Clone,
    {
        self.query.result()
    }
}

/// Subscribes to a query, and makes the surrounding `<Suspense>` or `<Transition>` wait for its first result.
///
/// The server renders the result into the page. In the browser it is there from the start and goes live without an
/// empty state in between. When arguments change or another person signs in, a `<Suspense>` shows its fallback again,
/// while a `<Transition>` keeps its content until the new result has arrived.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{Query, use_suspense_query};
/// # fn count() -> Query<f64> { Query::new("todos:count", ()) }
///
/// #[component]
/// fn Count() -> impl IntoView {
///     let count = use_suspense_query(count);
///     view! {
///         <ErrorBoundary fallback=|_| view! { <p role="alert">"Could not be counted"</p> }>
///             <Suspense fallback=|| "Loading...">{move || count.result()}</Suspense>
///         </ErrorBoundary>
///     }
/// }
/// ```
///
/// Awaiting it gives the live query:
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{Query, use_suspense_query};
/// # fn list() -> Query<Vec<String>> { Query::new("todos:list", ()) }
///
/// #[component]
/// fn Todos() -> impl IntoView {
///     let todos = use_suspense_query(list);
///     let list = move || Suspend::new(async move {
///         todos.await.map(|todos| view! { <p>{move || todos.get().map(|todos| todos.len())}" todos"</p> })
///     });
///     view! {
///         <ErrorBoundary fallback=|_| "Could not be listed">
///             <Suspense fallback=|| "Loading...">{list}</Suspense>
///         </ErrorBoundary>
///     }
/// }
/// ```
///
/// # On the server
/// Runs the query as nobody, through the `server::HttpClient` in context. Without one the result is an error,
/// [`CallError::Closed`]. For data that only the signed-in person may see, give [`SuspenseOptions::for_person`].
///
/// # Before hydration
/// What the server rendered, so that nothing changes when the script takes over.
///
/// # Errors
/// As a value, also when the query failed on the server.
#[track_caller]
pub fn use_suspense_query<Q>(
    query: impl Fn() -> Q + Send + Sync + 'static,
) -> UseSuspenseQuery<Q::Output>
where
    Q: IntoQuery,
    Q::Output: DeserializeOwned + Send + Sync + 'static,
{
    use_suspense_query_with_options(query, SuspenseOptions::new())
}

/// Does what [`use_suspense_query`] does, with options: blocking or streamed, for everybody or for a person.
///
/// # On the server
/// As the options say.
///
/// # Before hydration
/// As [`use_suspense_query`].
///
/// # Errors
/// As [`use_suspense_query`].
#[track_caller]
pub fn use_suspense_query_with_options<Q>(
    query: impl Fn() -> Q + Send + Sync + 'static,
    options: SuspenseOptions,
) -> UseSuspenseQuery<Q::Output>
where
    Q: IntoQuery,
    Q::Output: DeserializeOwned + Send + Sync + 'static,
{
    let client = use_convex();
    let query = Memo::new(move |_| query().into_query().map(Query::untyped));
    // The query of a result from the server.
    let rendered = query.get_untracked();
    let SuspenseOptions {
        blocking,
        personal,
        fetch,
    } = options;
    let first = first(query, blocking, fetch);
    let auth = client.auth();
    let asked = move || (!personal || auth.is_authenticated()).then(|| query.get())?;
    let live = live_query(client.clone(), Box::new(asked));
    let options = SourceOptions {
        personal,
        first: Some(Box::new(move || found(first.try_get()?, rendered.as_ref()))),
        ..SourceOptions::default()
    };
    UseSuspenseQuery {
        query: UseQuery::new(client, live, options),
        first,
    }
}

/// Fetches the first result, and fetches again when the query or the person changes.
fn first(query: Memo<Option<Query<Value>>>, blocking: bool, fetch: Fetch) -> Resource<Found> {
    let auth = use_convex().auth();
    let asked = move || (query.get(), auth.epoch());
    let find = move |(query, epoch): (Option<Query<Value>>, u32)| {
        let result = query.clone().map(|query| fetch(query));
        async move {
            let result = match result {
                Some(result) => Some(result.await),
                None => None,
            };
            Found {
                result,
                query,
                epoch,
            }
        }
    };
    if blocking {
        Resource::new_blocking(asked, find)
    } else {
        Resource::new(asked, find)
    }
}

fn found(found: Option<Found>, rendered: Option<&Query<Value>>) -> Option<First> {
    let found = found?;
    match found.result? {
        Ok(preloaded) => First::of(&preloaded, found.epoch),
        Err(error) => Some(First {
            query: found.query.or_else(|| rendered.cloned())?,
            epoch: found.epoch,
            result: Err(error),
            ts: None,
        }),
    }
}
