//! Rows: one signal for each item of a live list.

mod table;

use std::{fmt, hash::Hash, sync::Mutex};

use leptos::{
    prelude::*,
    reactive::traits::{DefinedAt, IsDisposed, ReadUntracked, Track},
};
use serde::de::DeserializeOwned;

use self::table::Table;
pub(super) use self::table::{Items, same_ends};
use crate::lock::lock;

/// The items of a live list, with a signal for each; made by [`UseQuery::rows`](crate::UseQuery::rows) and
/// [`UsePaginatedQuery::rows`](crate::UsePaginatedQuery::rows).
///
/// This is a signal of `Vec<Row<T>>` that fires when rows come, go or move. When an item changes, only its [`Row`]
/// fires. A new result costs one pass over its text, and only items whose text has changed are read.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{ForRows, Id, Query, use_query};
/// # enum Todos {}
/// # #[derive(serde::Deserialize)] struct Todo { #[serde(rename = "_id")] id: Id<Todos>, text: String }
/// # fn list() -> Query<Vec<Todo>> { Query::new("todos:list", ()) }
///
/// #[component]
/// fn TodoList() -> impl IntoView {
///     let todos = use_query(list).rows(|todo| todo.id.clone());
///     view! {
///         <ForRows each=todos let(todo)>
///             <li>{move || todo.read().text.clone()}</li>
///         </ForRows>
///     }
/// }
/// ```
///
/// If an item is not of the expected type, all rows stay and the query has an error.
pub struct Rows<T: Send + Sync + 'static> {
    list: Memo<Vec<Row<T>>>,
}

/// One item of a live list, as a signal of `T`, with every method of a Leptos signal. `Copy`.
pub struct Row<T: Send + Sync + 'static> {
    key: u32,
    item: RwSignal<T>,
}

impl<T: DeserializeOwned + Send + Sync + 'static> Rows<T> {
    /// Returns rows for the list that `items` gives. `None`, or a value that is not a list, leaves the rows
    /// unchanged.
    #[track_caller]
    pub(super) fn new<K: Hash + Eq + Send + 'static>(
        items: impl Fn() -> Option<Items> + Send + Sync + 'static,
        key: impl Fn(&T) -> K + Send + Sync + 'static,
    ) -> Self {
        let table = Mutex::new(Table::new());
        let list = Memo::new_owning(move |before: Option<Vec<Row<T>>>| {
            let Some(items) = items() else {
                return (before.unwrap_or_default(), false);
            };
            let update = lock(&table).update(items, &key);
            // A reader may call this again.
            for item in update.changed {
                item.notify();
            }
            match (update.rows, before) {
                (None, Some(before)) => (before, false),
                (rows, _) => (rows.unwrap_or_default(), true),
            }
        });
        list.with_untracked(|_| ());
        // Keeps the rows up to date whether or not anybody reads the list.
        Effect::new(move |_| list.track());
        Self { list }
    }
}

impl<T: Send + Sync + 'static> Row<T> {
    /// Returns the row's key, which is the same for as long as the row stays.
    #[must_use]
    pub const fn key(&self) -> u32 {
        self.key
    }
}

impl<T: Send + Sync + 'static> Clone for Rows<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Rows<T> {}

impl<T: Send + Sync + 'static> fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> DefinedAt for Rows<T> {
    fn defined_at(&self) -> Option<&'static std::panic::Location<'static>> {
        self.list.defined_at()
    }
}

impl<T: Send + Sync + 'static> IsDisposed for Rows<T> {
    fn is_disposed(&self) -> bool {
        self.list.try_read_untracked().is_none()
    }
}

impl<T: Send + Sync + 'static> Track for Rows<T> {
    fn track(&self) {
        self.list.track();
    }
}

impl<T: Send + Sync + 'static> ReadUntracked for Rows<T> {
    type Value = <Memo<Vec<Row<T>>> as ReadUntracked>::Value;

    fn try_read_untracked(&self) -> Option<Self::Value> {
        self.list.try_read_untracked()
    }
}

impl<T: Send + Sync + 'static> From<Rows<T>> for Signal<Vec<Row<T>>> {
    fn from(rows: Rows<T>) -> Self {
        rows.list.into()
    }
}

impl<T: Send + Sync + 'static> Clone for Row<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Row<T> {}

impl<T: Send + Sync + 'static> fmt::Debug for Row<T> {
    /// Leaves out the item, which may hold secrets that must not be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> DefinedAt for Row<T> {
    fn defined_at(&self) -> Option<&'static std::panic::Location<'static>> {
        self.item.defined_at()
    }
}

impl<T: Send + Sync + 'static> IsDisposed for Row<T> {
    fn is_disposed(&self) -> bool {
        self.item.is_disposed()
    }
}

impl<T: Send + Sync + 'static> Track for Row<T> {
    fn track(&self) {
        self.item.track();
    }
}

impl<T: Send + Sync + 'static> ReadUntracked for Row<T> {
    type Value = <RwSignal<T> as ReadUntracked>::Value;

    fn try_read_untracked(&self) -> Option<Self::Value> {
        self.item.try_read_untracked()
    }
}

impl<T: Send + Sync + 'static> From<Row<T>> for Signal<T> {
    fn from(row: Row<T>) -> Self {
        row.item.into()
    }
}
