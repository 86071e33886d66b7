//! The first check of every request.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, Version, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos_better_auth::server::ConvexBetterAuth;

use crate::headers;

/// The header that identifies a request in the log and in its answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The maximum length of an id, longer than a UUID and the ids of proxies.
const LONGEST_ID: usize = 64;

/// Refuses requests without exactly one `Host`, drops request ids that do not come from a trusted proxy, and redirects
/// `/page/` to `/page`.
pub(crate) async fn check(
    State(auth): State<ConvexBetterAuth>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Some(mut answer) = answer(&parts) {
        headers::complete(&auth, answer.headers_mut());
        return answer;
    }
    if !(auth.comes_from_proxy(&parts) && is_id(&parts.headers)) {
        parts.headers.remove(REQUEST_ID);
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Returns the answer to a request that goes no further.
fn answer(parts: &Parts) -> Option<Response> {
    if !has_host(parts) {
        return Some((StatusCode::BAD_REQUEST, "A request names one host.\n").into_response());
    }
    let location = without_slash(&parts.uri)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    response.headers_mut().insert(header::LOCATION, location);
    Some(response)
}

/// Returns whether the request names exactly one host. HTTP/1.1 requires it; earlier versions have no such header.
fn has_host(parts: &Parts) -> bool {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => !host.is_empty(),
        (Some(_), Some(_)) => false,
        (None, _) => parts.version < Version::HTTP_11 || parts.uri.authority().is_some(),
    }
}

/// Returns whether the request has exactly one id, of letters, digits and marks that are harmless in a log.
fn is_id(headers: &HeaderMap) -> bool {
    let mut ids = headers.get_all(REQUEST_ID).iter();
    let (Some(id), None) = (ids.next(), ids.next()) else {
        return false;
    };
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+/=".contains(byte);
    !id.is_empty() && id.len() <= LONGEST_ID && id.as_bytes().iter().all(is_usual)
}

/// Returns the address of a page without the slash at its end. The router treats `/page/` like `/page`, so otherwise a
/// page would have two addresses.
fn without_slash(uri: &Uri) -> Option<HeaderValue> {
    let path = uri.path();
    let page = path.trim_end_matches('/');
    // `//host` and `/\host` would lead to another site.
    let is_page = page.starts_with('/') && !page[1..].starts_with(['/', '\\']) && page.len() > 1;
    if page == path || !is_page || page.starts_with("/api/") {
        return None;
    }
    let location = match uri.query() {
        Some(query) => format!("{page}?{query}"),
        None => page.to_owned(),
    };
    HeaderValue::from_str(&location).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailing_slash_is_redirected_to_the_page_and_nowhere_else() {
        let location = |uri: &str| {
            let uri: Uri = uri.parse().expect("a URI");
            without_slash(&uri).map(|location| location.to_str().expect("text").to_owned())
        };
        assert_eq!(location("/sign-in/").as_deref(), Some("/sign-in"));
        assert_eq!(location("/dev/mailbox///").as_deref(), Some("/dev/mailbox"));
        let with_query = location("/sign-in/?callbackURL=%2Fprotected");
        assert_eq!(
            with_query.as_deref(),
            Some("/sign-in?callbackURL=%2Fprotected")
        );
        for elsewhere in [
            "/",
            "//",
            "/sign-in",
            "//evil.example/",
            "///evil.example/",
            "/api/auth/",
            "/?next=/a/",
        ] {
            assert_eq!(location(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn ids_are_short_and_plain() {
        let good = |ids: &[&str]| {
            let mut headers = HeaderMap::new();
            for id in ids {
                headers.append(REQUEST_ID, HeaderValue::from_str(id).expect("a header"));
            }
            is_id(&headers)
        };
        assert!(good(&["0191d3a0-7c1f-7b8e-9a55-1f2e3d4c5b6a"]));
        assert!(good(&["Root=1-67891233-abcdef012345678912345678"]));
        assert!(!good(&[]) && !good(&[""]) && !good(&["a", "b"]));
        assert!(!good(&["evil-id admin=true"]) && !good(&["a\tb"]) && !good(&[&"a".repeat(65)]));
    }
}
