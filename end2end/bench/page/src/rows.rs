//! A live query in a paragraph, and a button that changes what all of them read.

use leptos::prelude::*;
use leptos_convex::{Mutation, Query, use_mutation, use_query};
use serde::Serialize;

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
pub(crate) fn Row(counter: String, n: u32) -> impl IntoView {
    let value = use_query(move || {
        row(RowArgs {
            counter: counter.clone(),
            n,
        })
    });
    view! { <p>{move || value.get()}</p> }
}

#[component]
pub(crate) fn Change(counter: String) -> impl IntoView {
    let change = use_mutation(change);
    let click = move |_| {
        change.dispatch(ChangeArgs {
            counter: counter.clone(),
        });
    };
    view! { <button on:click=click>"Change"</button> }
}
