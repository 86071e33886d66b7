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

/// How a query ended that was asked once, with its result untyped.
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
    /// Creates the options of everybody's query, asked as nobody; streamed.
    #[must_use]
    pub fn new() -> Self {
        Self::fetched_by(first_result(), false)
    }

    /// Sets that the query is one of the person who is signed in. `preload` asks for the first result in their name: on
    /// the server with their token, in the browser through the live client.
    pub fn for_person<Fut>(preload: impl Fn(Query<Value>) -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = Result<Preloaded<Value>, CallError>> + Send + 'static,
    {
        Self::fetched_by(preload, true)
    }

    /// Sets whether the server sends nothing before the result is there, so that it can still choose the page's
    /// status; `Resource::new_blocking`. Default: no, the result is streamed in its place.
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

/// The first result of a query, as it travels from the server to the browser.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Found {
    /// `None` when nothing is asked.
    result: Option<FirstResult>,
    /// The query it is of; not known when it comes from the server, which is then the one asked first.
    #[serde(skip)]
    query: Option<Query<Value>>,
    /// The person it is for.
    #[serde(skip)]
    epoch: u32,
}

/// A live query that a `<Suspense>` waits for, as a signal of `Option<T>`; see [`use_suspense_query`]. `Copy`.
///
/// Read inside of a `<Suspense>` or `<Transition>`, it has them wait while there is no result. Awaited, it gives
/// the [`UseQuery`], with its first result.
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

    /// Waits for the first result; gives the live query, or the error the first result was.
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
    /// Returns the same query without the waiting.
    #[must_use]
    pub const fn query(&self) -> UseQuery<T> {
        self.query
    }

    /// Returns whether there is neither a result nor an error. Tracks.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.query.is_loading()
    }

    /// Returns the error the query is in. Tracks.
    #[must_use]
    pub fn error(&self) -> Option<CallError> {
        self.query.error()
    }

    /// Returns loading, result or error, to be matched on. Tracks.
    #[must_use]
    pub fn state(&self) -> QueryState<T>
    where
        T: Clone,
    {
        self.query.state()
    }

    /// Returns the result or the error, for an `<ErrorBoundary>` around the `<Suspense>` or `<Transition>`; `None`
    /// while that waits, and when nothing is asked. Tracks.
    #[must_use]
    pub fn result(&self) -> Option<Result<T, CallError>>
    where
        T: Clone,
    {
        self.query.result()
    }
}

/// Subscribes to a query and has the surrounding `<Suspense>` or `<Transition>` wait for its first result.
///
/// The server renders the result into the page; in the browser it is there from the start and goes live
/// without an empty state between. When arguments change or another person signs in, a `<Suspense>` shows its
/// fallback again, while a `<Transition>` keeps what it shows until the new result is there.
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
/// It can be awaited, too, which gives the live query:
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
/// Asks Convex as nobody, through the `server::HttpClient` in context; without one it is an error,
/// [`CallError::Closed`]. For what only the person who is signed in may see, give
/// [`SuspenseOptions::for_person`].
///
/// # Before hydration
/// What the server rendered, so that nothing changes when the script takes over.
///
/// # Errors
/// As a value, from the server too.
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

/// Does what [`use_suspense_query`] does with options: blocking or streamed, everybody's or a person's.
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
        first: Some(Box::new(move || found(first.try_get()?, query))),
        ..SourceOptions::default()
    };
    UseSuspenseQuery {
        query: UseQuery::new(client, live, options),
        first,
    }
}

/// Asks for the first result, and again when the query or the person is another.
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

fn found(found: Option<Found>, asked: Memo<Option<Query<Value>>>) -> Option<First> {
    let found = found?;
    match found.result? {
        Ok(preloaded) => First::of(&preloaded, found.epoch),
        Err(error) => Some(First {
            query: found.query.or_else(|| asked.try_get_untracked()?)?,
            epoch: found.epoch,
            result: Err(error),
            ts: None,
        }),
    }
}
