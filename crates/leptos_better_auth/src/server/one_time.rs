//! `?ott=`: a session that began on another domain, passed on as a one-time token.
//!
//! It is exchanged before the page is rendered. The token is removed from the address before a script can log it or a
//! link can send it on as a referrer.

use axum::body::Body;
use axum::response::Response;
use http::header::{self, HeaderValue};
use http::{Method, StatusCode, Uri};
use leptos_router::location::Url;

use super::config::OneTimeTokens;
use super::request_auth::{RequestAuth, Resolution};
use super::upstream::{self, RedeemAnswer};
use crate::CallbackUrl;

/// Name of the parameter.
const PARAMETER: &str = "ott";

/// Better Auth's tokens have 32 characters.
const MAX_LEN: usize = 256;

/// Answers a page with a one-time token by redirecting to the same page without it, with the session's cookies if the
/// token was valid. With [`OneTimeTokens::Drop`] the token is only removed from the address. `None` if there is none,
/// or if it could not be tried: the address then keeps it, so that reloading tries it again.
pub(crate) async fn exchange(
    request: &RequestAuth,
    method: &Method,
    uri: &Uri,
) -> Option<Response> {
    let settings = request.auth().settings();
    if settings.one_time_tokens == OneTimeTokens::Ignore {
        return None;
    }
    let (token, rest) = take_token(uri)?;
    let without = || Some(redirect(&rest, Vec::new()));
    let is_exchanged = settings.one_time_tokens == OneTimeTokens::Exchange;
    if !is_exchanged || *method != Method::GET || !is_plausible(&token) {
        return without();
    }
    // A link must not turn one person into another.
    match request.resolve().await {
        Resolution::NoSession => {}
        Resolution::Token(_) => return without(),
        Resolution::Unknown => return None,
    }
    let (http, cookies) = (request.auth().http(), request.cookies());
    let answer = upstream::redeem(http, settings, &token, cookies, request.visitor());
    match answer.await {
        RedeemAnswer::SignedIn { set_cookies } => Some(redirect(&rest, set_cookies)),
        RedeemAnswer::Refused => without(),
        RedeemAnswer::Unknown => None,
    }
}

fn is_plausible(token: &str) -> bool {
    !token.is_empty() && token.len() <= MAX_LEN
}

/// Takes the first token from an address and returns the address without any token.
fn take_token(uri: &Uri) -> Option<(String, String)> {
    let query = uri.query()?;
    let value = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name == PARAMETER).then(|| Url::unescape(value))
    };
    let token = query.split('&').find_map(value)?;
    let rest: Vec<&str> = query
        .split('&')
        .filter(|pair| value(pair).is_none())
        .collect();
    let mut address = uri.path().to_owned();
    if !rest.is_empty() {
        address.push('?');
        address.push_str(&rest.join("&"));
    }
    // `//evil.example?ott=x` is a path for a server and another site for a browser.
    Some((token, CallbackUrl::or(Some(&address), "/").into()))
}

fn redirect(to: &str, set_cookies: Vec<HeaderValue>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(to) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    for cookie in set_cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(uri: &str) -> Option<(String, String)> {
        take_token(&uri.parse().expect("an address"))
    }

    #[test]
    fn the_token_is_removed_from_the_address_and_the_rest_stays() {
        let both = |token: &str, rest: &str| Some((token.to_owned(), rest.to_owned()));
        assert_eq!(taken("/a?ott=x"), both("x", "/a"));
        assert_eq!(taken("/a?b=%20&ott=x%2By&c"), both("x+y", "/a?b=%20&c"));
        assert_eq!(taken("/a?ott=x&ott=y"), both("x", "/a"));
        assert_eq!(taken("//evil.example/?ott=x"), both("x", "/"));
        assert_eq!(taken("/a?ott&bott=1"), both("", "/a?bott=1"));
        assert_eq!(taken("/a?b=c&ott="), both("", "/a?b=c"));
        for none in ["/a", "/a?bott=x", "/a?OTT=x"] {
            assert_eq!(taken(none), None, "{none}");
        }
        assert!(is_plausible("x") && !is_plausible("") && !is_plausible(&"x".repeat(300)));
    }
}
