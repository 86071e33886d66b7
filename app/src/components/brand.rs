//! The mark and the name.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{NAME, paths};

/// Mark and name, linked to the start page.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <A href={paths::LANDING} {..} class="brand">
            <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
                <rect width="32" height="32" rx="8" fill="var(--accent)"/>
                <path d="M9 7h3.5v14.5H19a7 7 0 0 1-3.3 3.5H9z" fill="var(--on-accent)"/>
                <circle cx="21" cy="12.5" r="4.5" fill="var(--on-accent)"/>
            </svg>
            {NAME}
        </A>
    }
}
