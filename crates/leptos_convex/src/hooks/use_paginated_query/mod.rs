mod list;
mod pages;

use std::{fmt, sync::Arc};

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use self::list::List;
use super::{IntoQuery, use_convex};
use crate::call::{CallError, PaginationOptions, PaginationResult};

/// How a paginated query stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaginationStatus {
    /// Nothing is there yet, or nothing is asked.
    LoadingFirstPage,
    /// There is more; see [`UsePaginatedQuery::load_more`].
    CanLoadMore,
    /// The next page is on its way.
    LoadingMore,
    /// Everything is there.
    Exhausted,
    /// A page failed. The items before it stay; when the function recovers, so does the status.
    Error(CallError),
}

/// Items and status of a paginated query at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paginated<T> {
    /// The items of all pages that are there, in order.
    pub items: Vec<T>,
    /// What comes behind them.
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

/// A live paginated query; see [`use_paginated_query`]. Copy it into as many closures as needed.
pub struct UsePaginatedQuery<T: Send + Sync + 'static> {
    state: Memo<Paginated<T>>,
    list: StoredValue<List<T>>,
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

impl<T: Clone + Send + Sync + 'static> UsePaginatedQuery<T> {
    /// Items and status. Tracks.
    #[must_use]
    pub fn get(&self) -> Paginated<T> {
        self.state.get()
    }

    /// The items of all pages that are there. Tracks.
    #[must_use]
    pub fn items(&self) -> Vec<T> {
        self.state.with(|state| state.items.clone())
    }
}

impl<T: Send + Sync + 'static> UsePaginatedQuery<T> {
    /// Reads items and status without cloning them. Tracks.
    pub fn with<R>(&self, read: impl FnOnce(&Paginated<T>) -> R) -> R {
        self.state.with(read)
    }

    /// What comes behind the items. Tracks.
    #[must_use]
    pub fn status(&self) -> PaginationStatus {
        self.state.with(|state| state.status.clone())
    }

    /// Whether a page is on its way. Tracks.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.state.with(|state| {
            matches!(
                state.status,
                PaginationStatus::LoadingFirstPage | PaginationStatus::LoadingMore
            )
        })
    }

    /// The error a page is in. Tracks.
    #[must_use]
    pub fn error(&self) -> Option<CallError> {
        self.state.with(|state| match &state.status {
            PaginationStatus::Error(error) => Some(error.clone()),
            _ => None,
        })
    }

    /// Asks for another page of `num_items` items. Does nothing unless the status is
    /// [`PaginationStatus::CanLoadMore`], so it may be called as often as one likes.
    pub fn load_more(&self, num_items: u32) {
        // What the page shows may be older than what has arrived.
        let _ = self.state.try_with_untracked(|_| ());
        let _ = self.list.try_with_value(|list| list.load_more(num_items));
    }
}

/// Subscribes to a query page by page, for as long as the surrounding component lives.
///
/// `query` makes the call for a page from its [`PaginationOptions`], which the function hands on to
/// `.paginate(…)`. All pages are live: items that are added, changed or removed show up in place, and a page
/// that grew to more than twice `initial_num_items` is split. `query` may read signals: when its other
/// arguments change, the list begins again with its first page. An `Option` may be given, where `None`
/// means not to ask.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{
///     PaginationOptions, PaginationResult, PaginationStatus, Query, use_paginated_query,
/// };
/// # #[derive(serde::Serialize)] #[serde(rename_all = "camelCase")] struct ListArgs { pagination_opts: PaginationOptions }
/// # fn list(args: ListArgs) -> Query<PaginationResult<String>> { Query::new("messages:list", args) }
///
/// #[component]
/// fn Messages() -> impl IntoView {
///     let messages = use_paginated_query(|pagination_opts| list(ListArgs { pagination_opts }), 20);
///     view! {
///         <ul>{move || messages.items().into_iter().map(|text| view! { <li>{text}</li> }).collect_view()}</ul>
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
/// As a value: [`UsePaginatedQuery::error`]. When Convex does not know a cursor any more, because the query
/// behind the pages has changed, the list begins again by itself. Both as `usePaginatedQuery` of
/// `convex/react` does, but for throwing.
pub fn use_paginated_query<Q, T>(
    query: impl Fn(PaginationOptions) -> Q + Clone + Send + Sync + 'static,
    initial_num_items: u32,
) -> UsePaginatedQuery<T>
where
    Q: IntoQuery<Output = PaginationResult<T>>,
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let first = query.clone();
    // The call of a page nobody asks for, to see when arguments change.
    let call = Memo::new(move |_| first(PaginationOptions::first(initial_num_items)).into_query());
    let list = List::new(
        use_convex(),
        Arc::new(move |options| query(options).into_query()),
        initial_num_items,
    );
    let stored = StoredValue::new(list.clone());
    let state = Memo::new_with_compare(move |_| list.read(call.get()), |_, _| true);
    state.with_untracked(|_| ());
    UsePaginatedQuery {
        state,
        list: stored,
    }
}
