//! The client itself: one-shot calls outside of hooks.

use leptos::{logging::log, prelude::*, task::spawn_local};
use leptos_convex::{ConvexClient, ConvexProvider, Query, use_convex};

fn count() -> Query<f64> {
    Query::new("counter:get", ())
}

#[component]
fn Ask() -> impl IntoView {
    let client = use_convex();
    let ask = move |_| {
        let answer = client.query(count());
        spawn_local(async move {
            match answer.await {
                Ok(count) => log!("{count}"),
                Err(error) => log!("{error}"),
            }
        });
    };
    view! { <button on:click=ask>"Ask once"</button> }
}

#[component]
fn App() -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    view! { <ConvexProvider client><Ask /></ConvexProvider> }
}

fn main() {
    leptos::mount::hydrate_body(App);
}
