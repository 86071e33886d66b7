//! A message about success.

use leptos::prelude::*;

/// A message that is read out when there is time; nothing while there is none.
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
