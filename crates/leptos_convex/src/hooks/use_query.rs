use std::{
    fmt,
    sync::{Arc, Mutex},
};

use leptos::{
    prelude::*,
    reactive::traits::{DefinedAt, Dispose, IsDisposed, ReadUntracked, Track},
};
use serde::de::DeserializeOwned;

use super::{
    QueryState, Rows,
    handle::Handle,
    live_query::{LiveQuery, live_query},
    rows::Items,
    source::{Source, SourceOptions},
    use_convex,
};
use crate::{
    call::{CallError, Query},
    client::ConvexClient,
    lock::lock,
};

/// The argument of [`use_query`]: a query, or an `Option` of one, where `None` means no query.
pub trait IntoQuery {
    /// The result's type.
    type Output;
    /// Returns the query, if there is one.
    fn into_query(self) -> Option<Query<Self::Output>>;
}

impl<T> IntoQuery for Query<T> {
    type Output = T;
    fn into_query(self) -> Option<Query<T>> {
        Some(self)
    }
}

impl<T> IntoQuery for Option<Query<T>> {
    type Output = T;
    fn into_query(self) -> Self {
        self
    }
}

/// Settings of [`use_query_with_options`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UseQueryOptions {
    /// Whether to keep showing the former result when the arguments change, until the new one has arrived or another
    /// person signs in.
    pub keep_previous: bool,
}

impl UseQueryOptions {
    /// Sets whether the former result is shown until the new one has arrived.
    #[must_use]
    pub const fn with_keep_previous(mut self, keep_previous: bool) -> Self {
        self.keep_previous = keep_previous;
        self
    }
}

/// A live query, as a signal of `Option<T>`: `None` until there is a result.
///
/// It has every method of a Leptos signal (`get`, `with`, `read`, `track`, `get_untracked`, `try_get` …), is `Copy`,
/// and becomes a `Signal<Option<T>>` with `into()`, so that a `#[prop(into)]` takes it. After an error the last
/// result stays; [`error`](UseQuery::error), [`result`](UseQuery::result) and [`state`](UseQuery::state) show the
/// error. [`rows`](UseQuery::rows) makes a signal of each item of a list.
///
/// It is the handle of every hook that shows one query: [`use_query`],
/// [`use_preloaded_query`](crate::use_preloaded_query), [`use_suspense_query`](crate::use_suspense_query) once
/// awaited, and [`use_queries`](crate::use_queries) for each query.
pub struct UseQuery<T: Send + Sync + 'static> {
    handle: StoredValue<Arc<Handle<T>>>,
}

impl<T: Send + Sync + 'static> Clone for UseQuery<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for UseQuery<T> {}

impl<T: Send + Sync + 'static> fmt::Debug for UseQuery<T> {
    /// Leaves out the result, which may hold secrets that must not be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseQuery").finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> DefinedAt for UseQuery<T> {
    fn defined_at(&self) -> Option<&'static std::panic::Location<'static>> {
        self.handle.defined_at()
    }
}

impl<T: Send + Sync + 'static> IsDisposed for UseQuery<T> {
    fn is_disposed(&self) -> bool {
        self.handle.is_disposed()
    }
}

impl<T: Send + Sync + 'static> Track for UseQuery<T> {
    fn track(&self) {
        if let Some(handle) = self.handle.try_get_value() {
            drop(handle.source.shown());
        }
    }
}

impl<T: Send + Sync + 'static> ReadUntracked for UseQuery<T> {
    type Value = Arc<Option<T>>;

    fn try_read_untracked(&self) -> Option<Self::Value> {
        untrack(|| self.try_value())
    }

    /// Tracks and reads in one step.
    fn custom_try_read(&self) -> Option<Option<Self::Value>> {
        Some(self.try_value())
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> From<UseQuery<T>> for Signal<Option<T>> {
    /// Reads the result from its text once for all readers of the signal. Nothing is cloned.
    fn from(query: UseQuery<T>) -> Self {
        let line = Mutex::new(0_u32);
        Memo::new_owning(move |former: Option<Option<T>>| {
            let handle = query.handle.try_get_value();
            let read =
                |handle: Arc<Handle<T>>| handle.read_again(former.flatten(), &mut lock(&line));
            (handle.and_then(read), true)
        })
        .into()
    }
}

impl<T: Send + Sync + 'static> UseQuery<T> {
    #[track_caller]
    pub(super) fn new(client: ConvexClient, live: LiveQuery, options: SourceOptions) -> Self
    where
        T: DeserializeOwned,
    {
        let source = Source::new(client, live, options);
        Self {
            handle: StoredValue::new(Arc::new(Handle::new(source))),
        }
    }

    /// Returns whether both are the same handle.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.handle == other.handle
    }

    /// Ends the query before its component ends.
    pub(super) fn dispose(self) {
        self.handle.dispose();
    }

    fn try_value(self) -> Option<Arc<Option<T>>> {
        Some(self.handle.try_get_value()?.value())
    }

    /// Returns whether there is neither a result nor an error. Tracks.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        let handle = self.handle.try_get_value();
        handle.is_some_and(|handle| handle.is_loading())
    }

    /// Returns whether there is a result. Tracks, and does not read the result.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let handle = self.handle.try_get_value();
        handle.is_some_and(|handle| handle.source.shown().value().is_some())
    }

    /// Returns the query's error: the function's own, or the reason why its result is not a `T`. Tracks.
    #[must_use]
    pub fn error(&self) -> Option<CallError> {
        self.handle.try_get_value()?.error()
    }

    /// Returns the state, to match on: loading, result or error. Tracks.
    #[must_use]
    pub fn state(&self) -> QueryState<T>
    where
        T: Clone,
    {
        let handle = self.handle.try_get_value();
        handle.map_or(QueryState::Loading, |handle| handle.state())
    }

    /// Returns the result or the error, for an `<ErrorBoundary>`; `None` while loading. Tracks.
    #[must_use]
    pub fn result(&self) -> Option<Result<T, CallError>>
    where
        T: Clone,
    {
        match self.state() {
            QueryState::Loading => None,
            QueryState::Ready(value) => Some(Ok(value)),
            QueryState::Error(error) => Some(Err(error)),
        }
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> UseQuery<Vec<T>> {
    /// Returns one signal for each item of the list, so that a changed item costs its own row and nothing else.
    ///
    /// `key` identifies items, for example by a document's `_id`. An item whose key was there before keeps its row,
    /// even when it has moved. See [`Rows`] for how to show them.
    #[track_caller]
    pub fn rows<K>(&self, key: impl Fn(&T) -> K + Send + Sync + 'static) -> Rows<T>
    where
        K: std::hash::Hash + Eq + Send + 'static,
    {
        let handle = self.handle;
        Rows::new(
            move || {
                let handle = handle.try_get_value()?;
                let shown = handle.source.shown();
                match shown.value() {
                    Some(list) => Some(Items::Of(list.clone())),
                    None => Some(Items::From(Vec::new())),
                }
            },
            key,
        )
    }
}

/// Subscribes to a query for as long as the surrounding component lives.
///
/// `query` may read signals: when its arguments change, the subscription follows. The new subscription starts before
/// the old one ends, so that a query in both is not fetched again. Equal queries share one subscription, wherever
/// they are used. The signal fires only when the result has really changed.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{Query, use_query};
/// # fn list(done: bool) -> Query<Vec<String>> { Query::new("todos:list", std::collections::BTreeMap::from([("done", done)])) }
///
/// #[component]
/// fn Todos(#[prop(into)] done: Signal<bool>) -> impl IntoView {
///     let todos = use_query(move || list(done.get()));
///     view! {
///         <Show when=move || !todos.is_loading() fallback=|| "Loading...">
///             <p>{move || todos.with(|todos| todos.as_ref().map_or(0, Vec::len))} " todos"</p>
///         </Show>
///     }
/// }
/// ```
///
/// To run a query only under a condition, return an `Option`:
/// `use_query(move || user.get().map(|user| todos_of(user)))`.
///
/// # On the server
/// Loading. To have the value in the page's HTML, preload it and use
/// [`use_preloaded_query`](crate::use_preloaded_query).
///
/// # Before hydration
/// As on the server, even if a result has arrived. The live value shows once the page is hydrated.
///
/// # Errors
/// As a value: [`UseQuery::error`], or [`UseQuery::result`] inside an `<ErrorBoundary>`. The subscription
/// stays; when the function recovers, so does the state. Until then, and while the connection is lost or the
/// user's token is renewed, the last result stays.
#[track_caller]
pub fn use_query<Q>(query: impl Fn() -> Q + Send + Sync + 'static) -> UseQuery<Q::Output>
where
    Q: IntoQuery,
    Q::Output: DeserializeOwned + Send + Sync + 'static,
{
    use_query_with_options(query, UseQueryOptions::default())
}

/// Does what [`use_query`] does, with options. In this example the current page stays until the next one has arrived.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{Query, UseQueryOptions, use_query_with_options};
/// # fn page(number: u32) -> Query<String> { Query::new("book:page", std::collections::BTreeMap::from([("number", number)])) }
///
/// #[component]
/// fn Page(#[prop(into)] number: Signal<u32>) -> impl IntoView {
///     let options = UseQueryOptions::default().with_keep_previous(true);
///     let page = use_query_with_options(move || page(number.get()), options);
///     view! { <p>{move || page.get()}</p> }
/// }
/// ```
///
/// # On the server
/// As [`use_query`].
///
/// # Before hydration
/// As [`use_query`].
///
/// # Errors
/// As [`use_query`].
#[track_caller]
pub fn use_query_with_options<Q>(
    query: impl Fn() -> Q + Send + Sync + 'static,
    options: UseQueryOptions,
) -> UseQuery<Q::Output>
where
    Q: IntoQuery,
    Q::Output: DeserializeOwned + Send + Sync + 'static,
{
    let client = use_convex();
    let options = SourceOptions {
        keep_previous: options.keep_previous,
        ..SourceOptions::default()
    };
    let query = move || query().into_query().map(Query::untyped);
    let live = live_query(client.clone(), Box::new(query));
    UseQuery::new(client, live, options)
}
