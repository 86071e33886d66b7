//! The headers of every answer, and what a page may load.

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
    // Other sites learn only the origin, not paths and queries (`callbackURL`).
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    // Pages of other sites cannot put files of this one into theirs.
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// For answers that are not pages: they load nothing.
const NO_PAGE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
);

/// For this host alone. Subdomains may not have https (`includeSubDomains`), and a place on browsers' built-in list is
/// hard to give up (`preload`).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// A page depends on the cookie, so it must be asked for each time.
const PAGE_CACHE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Adds the security headers, and a caching rule to pages without one.
pub(crate) async fn apply(
    State(auth): State<ConvexBetterAuth>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
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
    response
}

fn set_missing(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

/// Whether the answer is HTML.
pub(crate) fn is_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"))
}

/// The `Content-Security-Policy` of rendered pages: scripts of this page alone (by nonce), connections
/// to this origin and to Convex, films from these, and pictures from these and from named hosts. A picture from any
/// host could carry data out.
///
/// There is no `form-action`: Chromium applies it to redirects too, and the form that signs in with
/// GitHub ends on GitHub's own page.
#[derive(Clone, Debug)]
pub(crate) struct PagePolicy {
    /// This site.
    pub(crate) site: String,
    /// Convex: functions, stored files and HTTP actions.
    pub(crate) backend: Vec<String>,
    /// Further hosts of pictures.
    pub(crate) images: Vec<String>,
    /// Where reload messages come from in development.
    pub(crate) reload: Vec<String>,
}

impl PagePolicy {
    /// Sets the policy on the page being rendered, with the page's own nonce. A server function has
    /// none and needs none.
    pub(crate) fn apply(&self) {
        let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else {
            return;
        };
        if let Ok(policy) = HeaderValue::from_str(&self.text(&nonce.to_string())) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }

    fn text(&self, nonce: &str) -> String {
        let site = std::slice::from_ref(&self.site);
        let connect = [site, &self.backend, &self.reload].concat();
        // Not every browser takes `http` to include `ws`.
        let sockets = connect
            .iter()
            .map(|origin| origin.replacen("http", "ws", 1));
        let connect: Vec<_> = connect.iter().cloned().chain(sockets).collect();
        let connect = connect.join(" ");
        let media = [site, &self.backend].concat().join(" ");
        let images = self.images.join(" ");
        format!(
            "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
             style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: {media} {images}; \
             media-src 'self' blob: {media}; connect-src 'self' {connect}; object-src 'none'; base-uri 'self'; \
             frame-ancestors 'none'"
        )
    }
}
