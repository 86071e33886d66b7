//! An error message for a whole form or page.

use leptos::prelude::*;

/// A message that is read out when it appears; nothing while there is none.
#[component]
pub fn Alert(
    /// The message.
    #[prop(into)]
    message: Signal<Option<String>>,
) -> impl IntoView {
    move || {
        message
            .get()
            .map(|text| view! { <p class="alert" role="alert">{text}</p> })
    }
}
