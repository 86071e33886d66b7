//! An error message for a whole form or page.

use leptos::prelude::*;

/// Shows a message that a screen reader reads at once; nothing while there is none.
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
