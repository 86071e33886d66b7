//! The landing page's first button.

use leptos::prelude::*;
use leptos_router::components::A;

use super::WhenSignedIn;

/// To the dashboard for who is signed in, to a new account for who is not.
#[component]
pub fn StartLink() -> impl IntoView {
    view! {
        <WhenSignedIn fallback=|| view! {
            <A href="/sign-up" {..} class="button">"Create an account"</A>
        }>
            <A href="/dashboard" {..} class="button">"Open your dashboard"</A>
        </WhenSignedIn>
    }
}
