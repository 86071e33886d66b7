//! Something went wrong that nobody foresaw.

use leptos::prelude::*;

use crate::request;

/// What stands in place of data that could not be made, with status 500. Why is in the log.
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
