//! A message about success.

use leptos::prelude::*;

/// Shows a message that a screen reader reads when it is idle; nothing while there is none.
#[component]
pub fn Notice(
    /// The message.
    message: Option<&'static str>,
) -> impl IntoView {
    view! {
        <div role="status" class="notice-place">
            {message.map(|text| view! { <p class="notice">{text}</p> })}
        </div>
    }
}
