use std::sync::Arc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{
    live_query::{LiveQuery, live_query},
    shown::{Shown, WhileLoading},
    use_convex,
};
use crate::call::{CallError, Query};

/// What [`use_query`] takes: a query, or an `Option` of one, where `None` means not to ask.
pub trait IntoQuery {
    /// The result's type.
    type Output;

    /// The query, if there is one to ask.
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

/// How a query stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryState<T> {
    /// No result yet, or nothing asked.
    Loading,
    /// The result, kept up to date.
    Ready(T),
    /// The function failed, or its result is not of the type expected.
    Error(CallError),
}

impl<T> QueryState<T> {
    /// The result, if there is one.
    pub fn ready(self) -> Option<T> {
        match self {
            Self::Ready(value) => Some(value),
            _ => None,
        }
    }
}

/// Settings of [`use_query_with_options`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UseQueryOptions {
    /// When the arguments change, keep showing the former result until the new one is there, or until another
    /// person signs in.
    pub keep_previous: bool,
}

/// A live query; see [`use_query`]. Copy it into as many closures as needed.
#[derive(Debug)]
pub struct UseQuery<T: Send + Sync + 'static> {
    live: LiveQuery,
    shown: StoredValue<Shown<T>>,
}

impl<T: Send + Sync + 'static> Clone for UseQuery<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for UseQuery<T> {}

impl<T: Clone + Send + Sync + 'static> UseQuery<T> {
    /// The result, or `None` while loading and after an error. Tracks.
    #[must_use]
    pub fn get(&self) -> Option<T> {
        self.with(|value| value.cloned())
    }

    /// Everything: loading, result or error. Tracks.
    #[must_use]
    pub fn state(&self) -> QueryState<T> {
        QueryState::clone(&self.shown())
    }

    /// The result or the error, for an `<ErrorBoundary>`. Tracks.
    ///
    /// # Errors
    /// The error the query is in.
    pub fn try_get(&self) -> Result<Option<T>, CallError> {
        match &*self.shown() {
            QueryState::Loading => Ok(None),
            QueryState::Ready(value) => Ok(Some(value.clone())),
            QueryState::Error(error) => Err(error.clone()),
        }
    }
}

impl<T: Send + Sync + 'static> UseQuery<T> {
    /// Reads the result without cloning it. Tracks.
    pub fn with<R>(&self, read: impl FnOnce(Option<&T>) -> R) -> R {
        match &*self.shown() {
            QueryState::Ready(value) => read(Some(value)),
            _ => read(None),
        }
    }

    /// Whether there is neither a result nor an error. Tracks.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        matches!(*self.shown(), QueryState::Loading)
    }

    /// The error, if the query is in one. Tracks.
    #[must_use]
    pub fn error(&self) -> Option<CallError> {
        match &*self.shown() {
            QueryState::Error(error) => Some(error.clone()),
            _ => None,
        }
    }

    /// A query that shows `while_loading` until there is a result.
    pub(super) fn new(live: LiveQuery, while_loading: WhileLoading<T>) -> Self
    where
        T: DeserializeOwned,
    {
        Self {
            live,
            shown: StoredValue::new(Shown::new(while_loading)),
        }
    }

    /// What there is now. Its reader hangs on the subscription's own signal: with a memo between the two, a page of
    /// a thousand queries takes a third longer to show what has changed.
    fn shown(&self) -> Arc<QueryState<T>> {
        self.live
            .with(|live| self.shown.write_value().read(live.as_ref()))
    }
}

/// Subscribes to a query for as long as the surrounding component lives.
///
/// `query` may read signals: when its arguments change, the subscription follows, the new one first, so
/// that what both share is not asked again. Equal queries share one subscription, wherever they are used.
/// The signal fires only when the result has really changed.
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
///             <p>{move || todos.with(|todos| todos.map_or(0, Vec::len))} " todos"</p>
///         </Show>
///     }
/// }
/// ```
///
/// To ask only sometimes, give an `Option`: `use_query(move || user.get().map(|user| todos_of(user)))`.
///
/// # On the server
/// Loading. To have the value in the page, preload it and use
/// [`use_preloaded_query`](crate::use_preloaded_query).
///
/// # Before hydration
/// As on the server, unless another component already holds the query.
///
/// # Errors
/// As a value: [`UseQuery::error`], or [`UseQuery::try_get`] inside an `<ErrorBoundary>`. The subscription
/// stays; when the function recovers, so does the state. While the connection is lost or the user's token
/// is renewed, the last result stays.
pub fn use_query<Q>(query: impl Fn() -> Q + Send + Sync + 'static) -> UseQuery<Q::Output>
where
    Q: IntoQuery,
    Q::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    use_query_with_options(query, UseQueryOptions::default())
}

/// [`use_query`] with more to say: here, that the page turned away from stays until the next one is there.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{Query, UseQueryOptions, use_query_with_options};
/// # fn page(number: u32) -> Query<String> { Query::new("book:page", std::collections::BTreeMap::from([("number", number)])) }
///
/// #[component]
/// fn Page(#[prop(into)] number: Signal<u32>) -> impl IntoView {
///     let options = UseQueryOptions { keep_previous: true };
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
pub fn use_query_with_options<Q>(
    query: impl Fn() -> Q + Send + Sync + 'static,
    options: UseQueryOptions,
) -> UseQuery<Q::Output>
where
    Q: IntoQuery,
    Q::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let client = use_convex();
    let while_loading = if options.keep_previous {
        WhileLoading::Previous {
            auth: client.auth(),
            epoch: 0,
        }
    } else {
        WhileLoading::Nothing
    };
    let query = move || query().into_query().map(Query::untyped);
    UseQuery::new(live_query(client, Box::new(query)), while_loading)
}
