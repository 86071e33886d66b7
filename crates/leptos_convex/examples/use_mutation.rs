//! A mutation with its signals, its future, and an optimistic update.

use leptos::{prelude::*, task::spawn_local};
use leptos_convex::{ConvexClient, ConvexProvider, Mutation, Query, use_mutation, use_query};
use serde::Serialize;

#[derive(Clone, Serialize)]
struct AddArgs {
    amount: f64,
}

fn count() -> Query<f64> {
    Query::new("counter:get", ())
}

fn add(args: AddArgs) -> Mutation<f64> {
    Mutation::new("counter:add", args)
}

#[component]
fn Counter() -> impl IntoView {
    let value = use_query(count);
    let add = use_mutation(add).with_optimistic_update(|store, args| {
        store.update(&count(), |count| *count += args.amount);
    });
    let add_twice = move |_| {
        spawn_local(async move {
            // The second call starts when the first one's writes are visible.
            if add.call(AddArgs { amount: 1.0 }).await.is_ok() {
                add.dispatch(AddArgs { amount: 1.0 });
            }
        });
    };
    view! {
        <p>{move || value.get()}</p>
        <button on:click=move |_| add.dispatch(AddArgs { amount: 1.0 })>"Add"</button>
        <button on:click=add_twice>"Add twice"</button>
        <Show when=move || add.pending().get()>
            <p role="status">"Saving…"</p>
        </Show>
        {move || add.error().get().map(|error| view! { <p role="alert">{error.to_string()}</p> })}
    }
}

#[component]
fn App() -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    view! { <ConvexProvider client><Counter /></ConvexProvider> }
}

fn main() {
    leptos::mount::hydrate_body(App);
}
