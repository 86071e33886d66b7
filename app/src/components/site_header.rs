//! The head of every page.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Brand;

/// The name, and the way to one's account.
#[component]
pub fn SiteHeader() -> impl IntoView {
    view! {
        <header class="site-header">
            <div class="site-header-row">
                <Brand/>
                <nav class="site-nav" aria-label="Account">
                    <ul>
                        <li><A href="/sign-in" {..} class="button" data-kind="plain">"Sign in"</A></li>
                    </ul>
                </nav>
            </div>
        </header>
    }
}
