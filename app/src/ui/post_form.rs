//! A form that the browser posts.

use leptos::prelude::*;

/// Posts its fields to `action`. The server checks them.
#[component]
pub fn PostForm(
    /// Path of the server function, `SignOut::url()`.
    action: &'static str,
    /// Inputs and button.
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" action=action class="stack" novalidate>
            {children()}
        </form>
    }
}
