//! Lists whose rows are added, removed and moved.

use leptos::prelude::*;
use leptos_convex::{ConvexClient, ConvexProvider, ForRows, Query, Row, Rows, use_query};
use serde::Deserialize;

#[derive(Deserialize)]
struct Item {
    number: u32,
}

fn list() -> Query<Vec<Item>> {
    Query::new("rows:list", ())
}

/// Shows the backend's numbers three times: as one element each, as several nodes each, and the even ones in reverse.
pub(super) fn show() {
    leptos::mount::mount_to_body(|| {
        view! { <ConvexProvider client=ConvexClient::new("")><Lists /></ConvexProvider> }
    });
}

#[component]
fn Lists() -> impl IntoView {
    let rows = use_query(list).rows(|item| item.number);
    let (shown, show) = signal(true);
    view! {
        <ul>
            <ForRows each=rows let(row)><li>{move || row.read().number}</li></ForRows>
        </ul>
        <p>"<"<ForRows each=rows let(row)><Nodes row /></ForRows>">"</p>
        <ol>
            <ForRows each=move || backwards(rows) let(row) {..} class="even">
                <li>{move || row.read().number}</li>
            </ForRows>
        </ol>
        <button on:click=move |_| show.update(|shown| *shown = !*shown)>"Show or hide"</button>
        <Show when=move || shown.get()>
            <output><ForRows each=rows let(row)><Nodes row /></ForRows></output>
        </Show>
    }
}

fn backwards(rows: Rows<Item>) -> Vec<Row<Item>> {
    let even = |row: &Row<Item>| row.read().number.is_multiple_of(2);
    rows.get().into_iter().rev().filter(even).collect()
}

/// Renders nothing for 0. Renders other numbers, with a mark after a click on them.
#[component]
fn Nodes(row: Row<Item>) -> impl IntoView {
    let number = row.read_untracked().number;
    (number > 0).then(|| {
        let (marked, mark) = signal(false);
        view! {
            <i on:click=move |_| mark.set(true)>{number}</i>
            <Show when=move || marked.get()>"!"</Show>
            ","
        }
    })
}
