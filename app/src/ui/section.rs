//! A titled part of a page.

use leptos::prelude::*;

/// A card with a title, which names it for screen readers.
#[component]
pub fn Section(
    /// Id of its title.
    id: &'static str,
    /// Its title.
    title: &'static str,
    /// Its contents.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card stack" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {children()}
        </section>
    }
}
