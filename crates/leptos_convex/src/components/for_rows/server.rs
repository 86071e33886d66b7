//! The list on the server. It writes the same HTML as Leptos' `<For>`.

use leptos::{prelude::*, tachys::view::keyed::keyed};

use crate::Row;

pub(super) fn list<T, V>(
    rows: Vec<Row<T>>,
    view: impl Fn(Row<T>) -> V + Send + 'static,
) -> impl RenderHtml + 'static
where
    T: Send + Sync + 'static,
    V: RenderHtml + 'static,
{
    keyed(rows, Row::key, move |_, row| (|_| (), view(row)))
}
