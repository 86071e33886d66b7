//! `<ForRows>`: a view for each row of a live list.

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(any(test, not(feature = "ssr")))]
mod origins;
#[cfg(feature = "ssr")]
mod server;

use leptos::{prelude::*, tachys::reactive_graph::OwnedView};

#[cfg(not(feature = "ssr"))]
use self::browser::list;
#[cfg(feature = "ssr")]
use self::server::list;
use crate::Row;

/// Shows a view for each [`Row`] of a live list. It is a `<For>` that needs no key and touches only the rows that
/// come, go or move. When a row moves, `<For>` moves all rows between its old and its new place, too.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{ForRows, Query, use_query};
/// # #[derive(serde::Deserialize)] struct Todo { _id: String, text: String }
/// # fn list() -> Query<Vec<Todo>> { Query::new("todos:list", ()) }
///
/// #[component]
/// fn TodoList() -> impl IntoView {
///     let todos = use_query(list).rows(|todo| todo._id.clone());
///     view! {
///         <ForRows each=todos let(todo)>
///             <li>{move || todo.read().text.clone()}</li>
///         </ForRows>
///     }
/// }
/// ```
///
/// A row that stays keeps its elements and its state, even when it moves. The view is not rendered again when the
/// item changes, so read the row in a closure where the item is shown.
#[component]
pub fn ForRows<T, F, V>(
    /// The rows: [`Rows`](crate::Rows), or a closure that returns some of them or another order.
    #[prop(into)]
    each: Signal<Vec<Row<T>>>,
    /// The view of one row.
    children: F,
) -> impl IntoView
where
    T: Send + Sync + 'static,
    F: Fn(Row<T>) -> V + Clone + Send + 'static,
    V: IntoView + 'static,
{
    // A row's signals and contexts are dropped with the row, not with a former state of the list.
    let parent = Owner::current().unwrap_or_default();
    let view = move |row| {
        let owner = parent.with(Owner::new);
        let view = owner.with(|| children(row));
        OwnedView::new_with_owner(view.into_view(), owner)
    };
    move || list(each.get(), view.clone())
}
