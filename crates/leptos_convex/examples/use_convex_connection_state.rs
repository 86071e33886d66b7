//! A badge that shows when the page is not live, and since when.

use leptos::prelude::*;
use leptos_convex::{ConnectionState, ConvexClient, ConvexProvider, use_convex_connection_state};

fn describe(state: &ConnectionState) -> String {
    match (&state.fatal_error, state.is_connected) {
        (Some(error), _) => format!("Please reload: {error}"),
        (None, true) if state.has_inflight_requests() => "Saving…".to_owned(),
        (None, true) => "Live".to_owned(),
        (None, false) => format!("Connecting, attempt {}", state.retries + 1),
    }
}

#[component]
fn Badge() -> impl IntoView {
    let state = use_convex_connection_state();
    view! { <p role="status">{move || state.with(describe)}</p> }
}

#[component]
fn App() -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    view! { <ConvexProvider client><Badge /></ConvexProvider> }
}

fn main() {
    leptos::mount::hydrate_body(App);
}
