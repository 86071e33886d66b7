//! The notice for a backend that does not answer. It says that nothing is lost, and tries again by itself.

use leptos::prelude::*;
use leptos_meta::Meta;

use crate::request;

/// Seconds after which the page asks again.
const RETRY_SECONDS: u32 = 5;

/// Shows a notice in place of data that is not there, with status 503. The page loads itself again until the data is
/// there.
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
