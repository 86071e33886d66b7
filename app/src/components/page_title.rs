//! The document's title.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::NAME;

/// Titles the page: its own name first, because that is what a tab and a screen reader show first.
#[component]
pub fn PageTitle(
    /// The page's name.
    text: &'static str,
) -> impl IntoView {
    view! { <Title text=format!("{text} · {NAME}")/> }
}
