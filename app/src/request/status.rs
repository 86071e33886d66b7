//! Status and headers of the page that is being rendered.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// Sets the HTTP status of the page being rendered.
pub fn set_status(status: u16) {
    if let (Some(response), Ok(status)) = (
        use_context::<ResponseOptions>(),
        StatusCode::from_u16(status),
    ) {
        response.set_status(status);
    }
}

/// Asks the client to come back in `seconds` (header `Retry-After`).
pub fn retry_after(seconds: u32) {
    set_header(header::RETRY_AFTER, HeaderValue::from(seconds));
}

/// Keeps the page out of every cache, because it shows personal data.
pub(crate) fn keep_private() {
    let personal = HeaderValue::from_static("private, no-store");
    set_header(header::CACHE_CONTROL, personal);
}

/// Hides the page's address, which contains a token, from the sites it links to.
pub(crate) fn keep_referrer() {
    // `no-referrer` would also remove `Origin` from the page's own forms.
    let origin_alone = HeaderValue::from_static("strict-origin");
    set_header(header::REFERRER_POLICY, origin_alone);
}

/// Adds a file that the page needs to the header `Link`. A proxy or CDN may send it before the page (`103 Early
/// Hints`).
pub(crate) fn hint(file: &str, how: &str) {
    let link = HeaderValue::from_str(&format!("<{file}>; {how}"));
    if let (Some(response), Ok(link)) = (use_context::<ResponseOptions>(), link) {
        response.append_header(header::LINK, link);
    }
}

/// Redirects to `to` with status 303.
pub(crate) fn redirect(response: &ResponseOptions, to: &str) {
    if let Ok(location) = HeaderValue::from_str(to) {
        response.set_status(StatusCode::SEE_OTHER);
        response.insert_header(header::LOCATION, location);
    }
}

fn set_header(name: HeaderName, value: HeaderValue) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(name, value);
    }
}
