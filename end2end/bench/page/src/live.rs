//! `rows` live queries, each in a paragraph, and a button that changes what all of them read.

use leptos::prelude::*;
use leptos_convex::{ConvexClient, ConvexProvider, Mutation, Query, use_mutation, use_query};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

#[derive(Clone, Serialize)]
struct RowArgs {
    counter: String,
    n: u32,
}

#[derive(Clone, Serialize)]
struct ChangeArgs {
    counter: String,
}

fn row(args: RowArgs) -> Query<f64> {
    Query::new("bench:row", args)
}

fn change(args: ChangeArgs) -> Mutation<f64> {
    Mutation::new("bench:change", args)
}

#[component]
fn Row(counter: String, n: u32) -> impl IntoView {
    let value = use_query(move || {
        row(RowArgs {
            counter: counter.clone(),
            n,
        })
    });
    view! { <p>{move || value.get()}</p> }
}

#[component]
fn Change(counter: String) -> impl IntoView {
    let change = use_mutation(change);
    let click = move |_| {
        change.dispatch(ChangeArgs {
            counter: counter.clone(),
        });
    };
    view! { <button on:click=click>"Change"</button> }
}

/// Shows `rows` paragraphs with what the backend at `url` says.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "exported to JavaScript")]
pub fn show(url: &str, counter: String, rows: u32) {
    let client = ConvexClient::new(url);
    leptos::mount::mount_to_body(move || {
        view! {
            <ConvexProvider client>
                {(0..rows).map(|n| view! { <Row counter=counter.clone() n /> }).collect::<Vec<_>>()}
                <Change counter />
            </ConvexProvider>
        }
    });
}
