//! The footer of every page.

use leptos::prelude::*;

use super::ThemeSwitch;

/// Shows the names of the software behind the app, and the theme switch.
#[component]
pub fn SiteFooter() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <p>
                "Made with "<a href="https://leptos.dev">"Leptos"</a>", "
                <a href="https://www.convex.dev">"Convex"</a>" and "
                <a href="https://www.better-auth.com">"Better Auth"</a>"."
            </p>
            <ThemeSwitch/>
        </footer>
    }
}
