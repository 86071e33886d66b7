//! A message about success.

use leptos::prelude::*;

/// A message that is read out when there is time; nothing while there is none.
#[component]
pub fn Notice(
    /// The message.
    #[prop(into)]
    message: Signal<Option<&'static str>>,
) -> impl IntoView {
    view! {
        <div role="status" class="notice-place">
            {move || message.get().map(|text| view! { <p class="notice">{text}</p> })}
        </div>
    }
}
