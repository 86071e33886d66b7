//! The headers of every answer, and the origins that a page may load from.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use leptos::{nonce::use_nonce, prelude::use_context};
use leptos_axum::ResponseOptions;
use leptos_better_auth::server::ConvexBetterAuth;

const SECURITY: [(HeaderName, HeaderValue); 6] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Other sites see only the origin, not paths and queries (`callbackURL`).
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    // Pages of other sites cannot embed files of this one.
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// The policy of answers that are not pages and load nothing.
const NO_PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
);

/// Https for a year, only for this host. Subdomains may not have https (`includeSubDomains`), and browsers' built-in
/// list is hard to leave (`preload`).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// A page depends on the cookie, so it must be requested each time.
const PAGE_CACHE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Adds the security headers, and a caching rule to pages without one.
pub(crate) async fn apply(
    State(auth): State<ConvexBetterAuth>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    complete(&auth, response.headers_mut());
    response
}

/// Adds the same to an answer that [`apply`] does not see.
pub(crate) fn complete(auth: &ConvexBetterAuth, headers: &mut HeaderMap) {
    for (name, value) in SECURITY {
        set_missing(headers, name, value);
    }
    set_missing(headers, header::CONTENT_SECURITY_POLICY, NO_PAGE);
    if auth.site_is_https() {
        set_missing(headers, header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    if is_page(headers) {
        set_missing(headers, header::CACHE_CONTROL, PAGE_CACHE);
        set_missing(headers, header::VARY, HeaderValue::from_static("cookie"));
    }
}

fn set_missing(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

/// Returns whether the answer is HTML.
pub(crate) fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"))
}

/// The `Content-Security-Policy` of rendered pages. It allows scripts of this page (by nonce), connections to this
/// origin and to Convex, videos from these, and pictures from these and from configured hosts. A picture from any host
/// could carry data out.
///
/// There is no `form-action`, because Chromium applies it to redirects too, and the form that signs in with GitHub ends
/// on GitHub's own page.
#[derive(Debug)]
pub(crate) struct PagePolicy {
    before_nonce: String,
    after_nonce: String,
}

/// The origins that pages may load from.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    /// This site.
    pub(crate) site: &'a str,
    /// Convex: functions, stored files and HTTP actions.
    pub(crate) backend: &'a [&'a str],
    /// Further hosts of pictures.
    pub(crate) images: &'a [String],
    /// The origins of reload messages in development.
    pub(crate) reload: &'a [String],
}

impl PagePolicy {
    /// Creates the policy of all pages, which differ only in the nonce.
    pub(crate) fn new(sources: &Sources<'_>) -> Self {
        let reload = sources.reload.iter().map(String::as_str);
        let site = std::iter::once(sources.site).chain(sources.backend.iter().copied());
        let connect: Vec<_> = site.clone().chain(reload).collect();
        // In some browsers `http` does not include `ws`.
        let sockets = connect
            .iter()
            .map(|origin| origin.replacen("http", "ws", 1));
        let sockets = sockets.collect::<Vec<_>>().join(" ");
        let connect = connect.join(" ");
        let media = site.collect::<Vec<_>>().join(" ");
        let images = sources.images.join(" ");
        Self {
            before_nonce: "default-src 'self'; script-src 'self' 'nonce-".to_owned(),
            after_nonce: format!(
                "' 'wasm-unsafe-eval'; \
                 style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: {media} {images}; \
                 media-src 'self' blob: {media}; connect-src 'self' {connect} {sockets}; object-src 'none'; \
                 base-uri 'self'; frame-ancestors 'none'"
            ),
        }
    }

    /// Sets the policy on the page being rendered, with the page's own nonce. A server function has no nonce and needs
    /// no policy.
    pub(crate) fn apply(&self) {
        let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
            return;
        };
        let text = [&*self.before_nonce, &nonce, &self.after_nonce].concat();
        if let Ok(policy) = HeaderValue::try_from(text) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}
