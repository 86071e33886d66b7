//! The notice for a backend that does not answer. It tries again by itself.

use leptos::prelude::*;
use leptos_meta::Meta;

use crate::request;

/// Seconds until the page is loaded again.
const RETRY_SECONDS: u32 = 5;

/// Shows a notice in place of missing data, with status 503. The page reloads itself until the data is there.
#[component]
pub fn Unavailable() -> impl IntoView {
    request::set_status(503);
    request::retry_after(RETRY_SECONDS);
    view! {
        <Meta http_equiv="refresh" content=RETRY_SECONDS.to_string()/>
        <section class="message" role="alert">
            <h1>"Not available at the moment"</h1>
            <p>
                "The service that keeps your data does not answer. Nothing you saved is lost, and this \
                 page goes on by itself as soon as it can."
            </p>
        </section>
    }
}
