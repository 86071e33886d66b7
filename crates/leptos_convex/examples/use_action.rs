//! An action, which may take long and is never sent twice.

use leptos::prelude::*;
use leptos_convex::{Action, CallError, ConvexClient, ConvexProvider, use_action};
use serde::Serialize;

#[derive(Serialize)]
struct SendArgs {
    to: String,
}

fn send(args: SendArgs) -> Action<()> {
    Action::new("mail:send", args)
}

#[component]
fn Mail() -> impl IntoView {
    let send = use_action(send);
    let outcome = move || match send.error().get() {
        Some(CallError::ConnectionLost) => {
            Some("Connection lost: look into your outbox before trying again.".to_owned())
        }
        Some(error) => Some(error.to_string()),
        None => send.value().get().map(|()| "Sent".to_owned()),
    };
    view! {
        <button
            disabled=send.pending()
            on:click=move |_| send.dispatch(SendArgs { to: "ada@example.com".to_owned() })
        >
            "Send"
        </button>
        <p role="status">{outcome}</p>
    }
}

#[component]
fn App() -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    view! { <ConvexProvider client><Mail /></ConvexProvider> }
}

fn main() {
    leptos::mount::hydrate_body(App);
}
