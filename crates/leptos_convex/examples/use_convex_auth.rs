//! Views by signed-in state: the state as signals, and the components on top of it.

use leptos::prelude::*;
use leptos_convex::{
    AuthLoading, Authenticated, ConvexClient, ConvexProvider, InitialAuth, TokenOutcome,
    Unauthenticated, use_convex_auth,
};

/// Fetches a token from the service that signs people in.
async fn fetch_token(_force: bool) -> TokenOutcome {
    TokenOutcome::NoSession
}

#[component]
fn Page() -> impl IntoView {
    let auth = use_convex_auth();
    view! {
        <Authenticated>"Signed in"</Authenticated>
        <Unauthenticated>"Signed out"</Unauthenticated>
        <AuthLoading>"Loading..."</AuthLoading>
        <Show when=move || auth.is_refreshing()>
            <p role="status">"One moment…"</p>
        </Show>
    }
}

#[component]
fn App() -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    client.set_auth(InitialAuth::Unknown, fetch_token);
    view! { <ConvexProvider client><Page /></ConvexProvider> }
}

fn main() {
    leptos::mount::hydrate_body(App);
}
