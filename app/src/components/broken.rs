//! The notice for an unexpected error.

use leptos::prelude::*;

use crate::request;

/// Shows a notice in place of data that could not be loaded, with status 500. The log has the reason.
#[component]
pub fn Broken() -> impl IntoView {
    request::set_status(500);
    view! {
        <section class="message" role="alert">
            <h1>"Something went wrong"</h1>
            <p>"The fault is on our side. Nothing you saved is lost."</p>
            <a class="button" href="">"Try again"</a>
        </section>
    }
}
