//! Better Auth's routes that act when a link in a mail is opened.
//!
//! They are GET routes: anybody who is tricked into opening one is signed in by it, and a mail scanner uses it up. Here
//! they answer only scripts of this site. All other requests are redirected to a page of the app, which names the
//! account and has a button.

use axum::body::Body;
use axum::response::Response;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use leptos_router::location::Url;

use super::config::{MailLinkPages, Settings};
use super::problem::Problem;
use crate::CallbackUrl;

/// Returns the answer to an opened link; `None` for requests that the proxy may pass on. `path` is the request's, as
/// the deployment will read it.
pub(crate) fn answer(
    parts: &Parts,
    path: &str,
    settings: &Settings,
) -> Option<Result<Response, Problem>> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let path = Url::unescape(path);
    let route = path.split_once(settings.base_path.as_str())?.1;
    let route: Vec<&str> = route.split('/').filter(|part| !part.is_empty()).collect();
    let page = settings.mail_link_pages.of(&route)?;
    if is_script_of_this_site(&parts.headers, settings) {
        return None;
    }
    let Some(page) = page else {
        tracing::warn!(
            route = route.join("/"),
            "refused a link of a mail: name the app's page for it in AuthConfig::mail_link_pages"
        );
        return Some(Err(Problem::LinkWithoutPage));
    };
    let query = parts.uri.query().unwrap_or_default();
    Some(Ok(redirect(page, query, &settings.site_url)))
}

/// Returns whether `path`, below the base path, is one of these routes, which change something although they are GET
/// routes.
pub(crate) fn acts(path: &str) -> bool {
    let route = path.split('?').next().unwrap_or_default();
    let route: Vec<&str> = route.split('/').filter(|part| !part.is_empty()).collect();
    MailLinkPages::default().of(&route).is_some()
}

/// Returns whether a script of this site sent the request. A navigation has no `Origin`, and the mode `navigate`. The
/// mode of an image is `no-cors`.
fn is_script_of_this_site(headers: &HeaderMap, settings: &Settings) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.contains_key(header::ORIGIN) {
        return text("origin").is_some_and(|origin| settings.trusts_for_better_auth(origin));
    }
    text("sec-fetch-site") == Some("same-origin")
        && matches!(text("sec-fetch-mode"), Some("cors" | "same-origin"))
}

/// Redirects to the page, with `callbackURL` as a path, which Better Auth writes as a whole URL.
fn redirect(page: &str, query: &str, site_url: &str) -> Response {
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, _)| *known == name).map(|pair| pair.1)
    };
    let token = value("token").unwrap_or_default();
    let address = format!("{page}?token={token}");
    let next = value(CallbackUrl::NAME)
        .map(Url::unescape)
        .and_then(|url| CallbackUrl::parse(&url).or_else(|| CallbackUrl::of_site(&url, site_url)));
    let address = next.map_or(address.clone(), |next| next.added_to(&address));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&address) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}
