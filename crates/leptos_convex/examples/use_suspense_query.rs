//! A query that the page waits for, on the server and when its argument changes.

use leptos::prelude::*;
use leptos_convex::{ConvexClient, ConvexProvider, Query, use_suspense_query};
use serde::Serialize;

#[derive(Serialize)]
struct PageArgs {
    number: u32,
}

fn page(number: u32) -> Query<String> {
    Query::new("book:page", PageArgs { number })
}

#[component]
fn Book() -> impl IntoView {
    let (number, turn) = signal(1);
    let page = use_suspense_query(move || page(number.get()));
    view! {
        <button on:click=move |_| turn.update(|number| *number += 1)>"Turn over"</button>
        <ErrorBoundary fallback=|_| view! { <p role="alert">"This page is missing"</p> }>
            // The former page stays until the next one has arrived.
            <Transition fallback=|| view! { <p>"Loading..."</p> }>
                <p>{move || page.result()}</p>
            </Transition>
        </ErrorBoundary>
    }
}

#[component]
fn App() -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    view! { <ConvexProvider client><Book /></ConvexProvider> }
}

fn main() {
    leptos::mount::hydrate_body(App);
}
