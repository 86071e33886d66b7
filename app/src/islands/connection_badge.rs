//! The badge with the state of the connection.

use leptos::prelude::*;
use leptos_convex::{ConnectionState, use_convex_connection_state};

/// Shows `Live` while connected, `Reconnecting…` after the connection is lost, and `No live updates` if none could be
/// opened. It shows nothing during the first attempt, and without WebAssembly.
#[component]
pub fn ConnectionBadge() -> impl IntoView {
    let connection = use_convex_connection_state();
    let state = Memo::new(move |_| connection.with(state_of));
    let text = move || match state.get() {
        "live" => "Live",
        "lost" => "Reconnecting…",
        "refused" => "No live updates",
        _ => "",
    };
    view! { <p class="connection" role="status" data-state=state>{text}</p> }
}

fn state_of(connection: &ConnectionState) -> &'static str {
    if connection.is_connected {
        "live"
    } else if connection.fatal_error.is_some() {
        "refused"
    } else if connection.has_ever_connected {
        "lost"
    } else if connection.trouble.is_some() {
        "refused"
    } else {
        "none"
    }
}
