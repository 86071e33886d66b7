mod list;
mod pages;

use std::{fmt, sync::Arc};

use leptos::{
    prelude::*,
    reactive::traits::{DefinedAt, IsDisposed, ReadUntracked, Track},
};
use serde::de::DeserializeOwned;

use self::list::{List, Listed};
use super::{IntoQuery, Rows, rows::Items, source::First, use_convex};
use crate::{
    call::{CallError, PaginationOptions, PaginationResult, Preloaded, Query},
    sync::AuthStatus,
    value::{Item, Value},
};

/// The status of a paginated query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PaginationStatus {
    /// The first page has not arrived yet, or there is no query.
    LoadingFirstPage,
    /// There are more items; see [`UsePaginatedQuery::load_more`].
    CanLoadMore,
    /// The next page is loading.
    LoadingMore,
    /// All items are loaded.
    Exhausted,
    /// A page failed. The items before it stay. When the function recovers, the status does, too.
    Error(CallError),
}

/// Items and status of a paginated query at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paginated<T> {
    /// The items of all loaded pages, in order.
    pub items: Vec<T>,
    /// What comes after the items.
    pub status: PaginationStatus,
}

impl<T> Default for Paginated<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            status: PaginationStatus::LoadingFirstPage,
        }
    }
}

/// A live paginated query, as a signal of [`Paginated`]; see [`use_paginated_query`].
///
/// It has every method of a Leptos signal, is `Copy`, and becomes a `Signal<Paginated<T>>` with `into()`.
/// [`status`](UsePaginatedQuery::status) fires only when the status changes, and
/// [`rows`](UsePaginatedQuery::rows) makes every item a signal of its own.
pub struct UsePaginatedQuery<T: Send + Sync + 'static> {
    /// The items as text.
    listed: Memo<Arc<Listed>>,
    state: Memo<Paginated<T>>,
    status: Memo<PaginationStatus>,
    list: StoredValue<List>,
}

impl<T: Send + Sync + 'static> Clone for UsePaginatedQuery<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for UsePaginatedQuery<T> {}

impl<T: Send + Sync + 'static> fmt::Debug for UsePaginatedQuery<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsePaginatedQuery").finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> DefinedAt for UsePaginatedQuery<T> {
    fn defined_at(&self) -> Option<&'static std::panic::Location<'static>> {
        self.state.defined_at()
    }
}

impl<T: Send + Sync + 'static> IsDisposed for UsePaginatedQuery<T> {
    fn is_disposed(&self) -> bool {
        self.list.is_disposed()
    }
}

impl<T: Send + Sync + 'static> Track for UsePaginatedQuery<T> {
    fn track(&self) {
        self.state.track();
    }
}

impl<T: Send + Sync + 'static> ReadUntracked for UsePaginatedQuery<T> {
    type Value = <Memo<Paginated<T>> as ReadUntracked>::Value;

    fn try_read_untracked(&self) -> Option<Self::Value> {
        self.state.try_read_untracked()
    }
}

impl<T: Send + Sync + 'static> From<UsePaginatedQuery<T>> for Signal<Paginated<T>> {
    fn from(query: UsePaginatedQuery<T>) -> Self {
        query.state.into()
    }
}

impl<T: Send + Sync + 'static> UsePaginatedQuery<T> {
    /// Returns the items of all loaded pages. Tracks.
    #[must_use]
    pub fn items(&self) -> Vec<T>
    where
        T: Clone,
    {
        let items = self.state.try_with(|state| state.items.clone());
        items.unwrap_or_default()
    }

    /// Returns what comes after the items. Tracks, and fires only when the status changes.
    #[must_use]
    pub fn status(&self) -> PaginationStatus {
        let status = self.status.try_get();
        status.unwrap_or(PaginationStatus::LoadingFirstPage)
    }

    /// Returns whether a page is loading. Tracks the status.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        matches!(
            self.status(),
            PaginationStatus::LoadingFirstPage | PaginationStatus::LoadingMore
        )
    }

    /// Returns the error of the page that failed. Tracks the status.
    #[must_use]
    pub fn error(&self) -> Option<CallError> {
        match self.status() {
            PaginationStatus::Error(error) => Some(error),
            _ => None,
        }
    }

    /// Asks for another page of `num_items` items. Does nothing unless the status is
    /// [`PaginationStatus::CanLoadMore`], so extra calls do no harm.
    pub fn load_more(&self, num_items: u32) {
        // The shown page may be older than the results that have arrived.
        let _ = self.listed.try_with_untracked(|_| ());
        let _ = self.list.try_with_value(|list| list.load_more(num_items));
    }

    /// Returns one signal for each item of all loaded pages, so that a changed item costs its own row and nothing
    /// else. See [`UseQuery::rows`](crate::UseQuery::rows).
    #[track_caller]
    pub fn rows<K>(&self, key: impl Fn(&T) -> K + Send + Sync + 'static) -> Rows<T>
    where
        K: std::hash::Hash + Eq + Send + 'static,
        T: DeserializeOwned,
    {
        let listed = self.listed;
        Rows::new(
            move || Some(Items::From(listed.try_with(|it| it.items.clone())?)),
            key,
        )
    }
}

/// Subscribes to a query page by page, for as long as the surrounding component lives.
///
/// `query` makes the call for a page from its [`PaginationOptions`], which the function passes on to `.paginate(…)`.
/// All pages are live: items that are added, changed or removed show up in place, and a page that grew to more than
/// twice `initial_num_items` is split. `query` may read signals: when its other arguments change, the list begins
/// again with its first page. `query` may return an `Option`, where `None` means no query.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{
///     ForRows, PaginationOptions, PaginationResult, PaginationStatus, Query, use_paginated_query,
/// };
/// # #[derive(serde::Serialize)] #[serde(rename_all = "camelCase")] struct ListArgs { pagination_opts: PaginationOptions }
/// # fn list(args: ListArgs) -> Query<PaginationResult<String>> { Query::new("messages:list", args) }
///
/// #[component]
/// fn Messages() -> impl IntoView {
///     let messages = use_paginated_query(|pagination_opts| list(ListArgs { pagination_opts }), 20);
///     let rows = messages.rows(String::clone);
///     view! {
///         <ul><ForRows each=rows let(text)><li>{move || text.get()}</li></ForRows></ul>
///         <button
///             disabled=move || messages.status() != PaginationStatus::CanLoadMore
///             on:click=move |_| messages.load_more(20)
///         >"More"</button>
///     }
/// }
/// ```
///
/// # On the server
/// [`PaginationStatus::LoadingFirstPage`], without items.
///
/// # Before hydration
/// As on the server.
///
/// # Errors
/// As a value: [`UsePaginatedQuery::error`]. When Convex no longer knows a cursor, because the query behind the pages
/// has changed, the list begins again by itself. Both are as in `usePaginatedQuery` of `convex/react`, except that
/// nothing is thrown.
pub fn use_paginated_query<Q, T>(
    query: impl Fn(PaginationOptions) -> Q + Clone + Send + Sync + 'static,
    initial_num_items: u32,
) -> UsePaginatedQuery<T>
where
    Q: IntoQuery<Output = PaginationResult<T>>,
    T: DeserializeOwned + Send + Sync + 'static,
{
    let query = move |options| query(options).into_query().map(Query::untyped);
    paginated(query, initial_num_items, None)
}

/// Does what [`use_paginated_query`] does, with the first page in the first paint. `preloaded` is the same query for
/// `PaginationOptions::first(initial_num_items)`, run on the server. It stays until the live page comes.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{
///     ForRows, PaginationOptions, PaginationResult, Preloaded, Query, use_preloaded_paginated_query,
/// };
/// # #[derive(serde::Serialize)] #[serde(rename_all = "camelCase")] struct ListArgs { pagination_opts: PaginationOptions }
/// # fn list(args: ListArgs) -> Query<PaginationResult<String>> { Query::new("messages:list", args) }
///
/// #[component]
/// fn Messages(preloaded: Preloaded<PaginationResult<String>>) -> impl IntoView {
///     let query = |pagination_opts| list(ListArgs { pagination_opts });
///     let messages = use_preloaded_paginated_query(preloaded, query, 20);
///     let rows = messages.rows(String::clone);
///     view! { <ul><ForRows each=rows let(text)><li>{move || text.get()}</li></ForRows></ul> }
/// }
/// ```
///
/// # On the server
/// The preloaded page.
///
/// # Before hydration
/// The same.
///
/// # Errors
/// As [`use_paginated_query`].
#[expect(
    clippy::needless_pass_by_value,
    reason = "a preloaded page is handed over once"
)]
pub fn use_preloaded_paginated_query<Q, T>(
    preloaded: Preloaded<PaginationResult<T>>,
    query: impl Fn(PaginationOptions) -> Q + Clone + Send + Sync + 'static,
    initial_num_items: u32,
) -> UsePaginatedQuery<T>
where
    Q: IntoQuery<Output = PaginationResult<T>>,
    T: DeserializeOwned + Send + Sync + 'static,
{
    let client = use_convex();
    let first = First::of(&preloaded, client.first_epoch());
    let personal = preloaded.is_personal().then(|| client.auth());
    let query = move |options| {
        let may_ask = personal.is_none_or(|auth| auth.status() != AuthStatus::Unauthenticated);
        let query = may_ask.then(|| query(options).into_query())?;
        query.map(Query::untyped)
    };
    paginated(query, initial_num_items, first)
}

fn paginated<T: DeserializeOwned + Send + Sync + 'static>(
    query: impl Fn(PaginationOptions) -> Option<Query<Value>> + Clone + Send + Sync + 'static,
    initial_num_items: u32,
    preloaded: Option<First>,
) -> UsePaginatedQuery<T> {
    let first = query.clone();
    // The call of a page that is never requested, to notice when the arguments change.
    let call = Memo::new(move |_| first(PaginationOptions::first(initial_num_items)));
    let list = List::new(
        use_convex(),
        Arc::new(query),
        |item| item.decode::<T>().map(drop),
        initial_num_items,
        preloaded,
    );
    let stored = StoredValue::new(list.clone());
    let listed = Memo::new_with_compare(move |_| Arc::new(list.read(call.get())), |_, _| true);
    listed.with_untracked(|_| ());
    Effect::new(move |_| listed.track());
    let state = Memo::new_with_compare(
        move |_| {
            listed.with(|listed| Paginated {
                // Pages were checked when they arrived.
                items: listed.items.iter().flat_map(Item::decode).collect(),
                status: listed.status.clone(),
            })
        },
        |_, _| true,
    );
    UsePaginatedQuery {
        listed,
        state,
        status: Memo::new(move |_| listed.with(|listed| listed.status.clone())),
        list: stored,
    }
}
