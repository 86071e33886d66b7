//! Whether what is shown is live.

use leptos::prelude::*;
use leptos_convex::use_convex_connection_state;

/// `Live` while connected, `Reconnecting…` after that is lost. Before the first connection, and
/// without WebAssembly, there is nothing to say.
#[component]
pub fn ConnectionBadge() -> impl IntoView {
    let connection = use_convex_connection_state();
    let state = Memo::new(move |_| {
        connection.with(|it| match (it.is_connected, it.has_ever_connected) {
            (true, _) => "live",
            (false, true) => "lost",
            (false, false) => "none",
        })
    });
    let text = move || match state.get() {
        "live" => "Live",
        "lost" => "Reconnecting…",
        _ => "",
    };
    view! { <p class="connection" role="status" data-state=state>{text}</p> }
}
