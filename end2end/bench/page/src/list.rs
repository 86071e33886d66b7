//! One live list, a row for each item, and buttons that change one or several items before the backend answers.

use leptos::prelude::*;
use leptos_convex::{
    ConvexClient, ConvexProvider, ForRows, Mutation, Query, Row, UseMutation, use_mutation,
    use_query,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::wasm_bindgen;

/// What the page shows of an item; the backend has more of it.
#[derive(Deserialize, Serialize)]
struct Item {
    #[serde(rename = "_id")]
    id: String,
    text: String,
    stars: f64,
}

#[derive(Serialize)]
struct ItemsArgs {
    list: String,
}

#[derive(Clone, Serialize)]
struct StarArgs {
    id: String,
}

fn items(list: &str) -> Query<Vec<Item>> {
    Query::new(
        "lists:items",
        ItemsArgs {
            list: list.to_owned(),
        },
    )
}

fn star(args: StarArgs) -> Mutation<()> {
    Mutation::new("lists:star", args)
}

/// Shows the items of `list` that the backend at `url` has.
#[wasm_bindgen(js_name = showList)]
pub fn show_list(url: &str, list: String) {
    let client = ConvexClient::new(url);
    leptos::mount::mount_to_body(move || {
        view! { <ConvexProvider client><List list /></ConvexProvider> }
    });
}

#[component]
fn List(list: String) -> impl IntoView {
    let asked = list.clone();
    let rows = use_query(move || items(&asked)).rows(|item| item.id.clone());
    let star = use_mutation(star).with_optimistic_update(move |store, args| {
        store.update_document(&items(&list), &args.id, |item| item.stars += 1.0);
    });
    view! {
        <ul>
            <ForRows each=rows let(row)>
                <li>
                    <span>{move || row.read().text.clone()}</span>
                    <b>{move || row.read().stars}</b>
                </li>
            </ForRows>
        </ul>
        <Star count=1 rows=move || rows.get_untracked() star />
        <Star count=10 rows=move || rows.get_untracked() star />
    }
}

/// A button that gives the first `count` items a star each.
#[component]
fn Star(
    count: usize,
    rows: impl Fn() -> Vec<Row<Item>> + Send + 'static,
    star: UseMutation<StarArgs, ()>,
) -> impl IntoView {
    let click = move |_| {
        for row in rows().into_iter().take(count) {
            star.dispatch(StarArgs {
                id: row.read_untracked().id.clone(),
            });
        }
    };
    view! { <button on:click=click>{count}</button> }
}
