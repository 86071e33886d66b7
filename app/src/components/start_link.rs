//! The landing page's first button.

use leptos::prelude::*;
use leptos_router::components::A;

use super::WhenSignedIn;

/// Leads signed-in people to the dashboard, and everybody else to a new account.
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
