//! Headers every answer carries.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::router::AppState;

const SECURITY: [(HeaderName, HeaderValue); 5] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // The origin alone crosses to other sites: paths and queries (`callbackURL`) stay here.
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// What a page may load and who may frame it, where no stricter policy was set by the page itself.
const CONTENT_POLICY: HeaderValue =
    HeaderValue::from_static("base-uri 'self'; frame-ancestors 'none'; object-src 'none'");

const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// A page differs by cookie and is decided anew each time.
const PAGE_CACHE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Adds the security headers, and a caching rule to pages that came without one.
pub(crate) async fn apply(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        set_missing(headers, name, value);
    }
    set_missing(headers, header::CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    if state.https {
        set_missing(headers, header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    if is_page(headers) {
        set_missing(headers, header::CACHE_CONTROL, PAGE_CACHE);
        set_missing(headers, header::VARY, HeaderValue::from_static("cookie"));
    }
    response
}

fn set_missing(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"))
}
