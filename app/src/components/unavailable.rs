//! The notice for a backend that does not answer. It says that nothing is lost, and tries again by itself.

use leptos::prelude::*;

use crate::request;

/// Seconds after which a page without WebAssembly asks again.
const RETRY_SECONDS: u32 = 5;

/// Shows a notice in place of data that is not there, with status 503. With WebAssembly the live
/// connection brings the data as soon as there is any; without it the page loads itself again.
#[component]
pub fn Unavailable() -> impl IntoView {
    request::set_status(503);
    request::retry_after(RETRY_SECONDS);
    // As text: where scripts run, a browser does not parse what is inside.
    let reload = format!(r#"<meta http-equiv="refresh" content="{RETRY_SECONDS}">"#);
    view! {
        <section class="message" role="alert">
            <h1>"Not available at the moment"</h1>
            <p>
                "The service that keeps your data does not answer. Nothing you saved is lost, and this \
                 page goes on by itself as soon as it can."
            </p>
            <noscript inner_html=reload></noscript>
        </section>
    }
}
