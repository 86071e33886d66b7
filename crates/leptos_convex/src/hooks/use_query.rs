use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{ConvexAuth, use_convex};
use crate::{
    call::{CallError, Query},
    client::{ConvexClient, Subscription},
    value::Value,
};

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
    state: Memo<QueryState<T>>,
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
        self.state.get()
    }

    /// The result or the error, for an `<ErrorBoundary>`. Tracks.
    ///
    /// # Errors
    /// The error the query is in.
    pub fn try_get(&self) -> Result<Option<T>, CallError> {
        match self.state.get() {
            QueryState::Loading => Ok(None),
            QueryState::Ready(value) => Ok(Some(value)),
            QueryState::Error(error) => Err(error),
        }
    }
}

impl<T: Send + Sync + 'static> UseQuery<T> {
    /// Reads the result without cloning it. Tracks.
    pub fn with<R>(&self, read: impl FnOnce(Option<&T>) -> R) -> R {
        self.state.with(|state| match state {
            QueryState::Ready(value) => read(Some(value)),
            _ => read(None),
        })
    }

    /// Whether there is neither a result nor an error. Tracks.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.state
            .with(|state| matches!(state, QueryState::Loading))
    }

    /// The error, if the query is in one. Tracks.
    #[must_use]
    pub fn error(&self) -> Option<CallError> {
        self.state.with(|state| match state {
            QueryState::Error(error) => Some(error.clone()),
            _ => None,
        })
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

/// [`use_query`] with more to say.
pub fn use_query_with_options<Q>(
    query: impl Fn() -> Q + Send + Sync + 'static,
    options: UseQueryOptions,
) -> UseQuery<Q::Output>
where
    Q: IntoQuery,
    Q::Output: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let client = use_convex();
    let auth = options.keep_previous.then(|| client.auth());
    let query = move || query().into_query().map(Query::untyped);
    typed(live_query(client, Box::new(query)), auth)
}

/// The state of `live` as a `T`; with `auth` to keep the previous result while the next one loads, for as long as
/// it is the same person who looks.
fn typed<T>(live: LiveQuery, auth: Option<ConvexAuth>) -> UseQuery<T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let shown_to = AtomicU32::new(0);
    let state = Memo::new_with_compare(
        move |previous: Option<&QueryState<T>>| {
            let epoch = auth.map_or(0, |auth| auth.epoch());
            let same_person = shown_to.swap(epoch, Ordering::Relaxed) == epoch;
            match state_of(live) {
                Some(QueryState::Loading) if auth.is_some() && same_person => {
                    previous.cloned().unwrap_or(QueryState::Loading)
                }
                state => state.unwrap_or(QueryState::Loading),
            }
        },
        |_, _| true,
    );
    state.with_untracked(|_| ());
    UseQuery { state }
}

impl<T: Send + Sync + 'static> UseQuery<T> {
    pub(super) const fn new(state: Memo<QueryState<T>>) -> Self {
        Self { state }
    }
}

/// The subscription behind a hook. Of no type, so that a page has this code once and not for each result.
pub(super) type LiveQuery = Memo<Option<Live>>;

/// A query that is asked.
#[derive(Clone)]
pub(super) struct Live {
    query: Query<Value>,
    subscription: Arc<Result<Subscription, CallError>>,
}

/// Subscribes to what `query` gives, and follows it.
pub(super) fn live_query(
    client: ConvexClient,
    query: Box<dyn Fn() -> Option<Query<Value>> + Send + Sync>,
) -> LiveQuery {
    Memo::new_owning(move |former: Option<Option<Live>>| {
        let former = former.flatten();
        let asked = query();
        if former.as_ref().map(|live| &live.query) == asked.as_ref() {
            return (former, false);
        }
        let live = asked.map(|query| Live {
            subscription: Arc::new(query.key().map(|key| client.subscribe(key))),
            query,
        });
        // The former subscription is dropped once this one is in place.
        drop(former);
        (live, true)
    })
}

/// How the query stands; `None` when nothing is asked. Tracks.
pub(super) fn state_of<T: DeserializeOwned>(live: LiveQuery) -> Option<QueryState<T>> {
    live.with(|live| {
        let Live {
            query,
            subscription,
        } = live.as_ref()?;
        let subscription = match &**subscription {
            Ok(subscription) => subscription,
            Err(error) => return Some(QueryState::Error(error.clone())),
        };
        Some(subscription.with(|result| {
            match result {
                None => QueryState::Loading,
                Some(Err(error)) => QueryState::Error(error.clone()),
                Some(Ok(value)) => query
                    .read_as(value)
                    .map_or_else(QueryState::Error, QueryState::Ready),
            }
        }))
    })
}
