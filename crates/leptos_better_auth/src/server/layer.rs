//! The middleware that determines the user of a request before anything is rendered.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request};
use tower::{Layer, Service, ServiceExt as _};

use super::ConvexBetterAuth;
use super::cookies::{is_one_of, session_names, set_cookie_name, set_cookie_pair};
use super::headers::accepts_html;
use super::one_time::exchange;
use super::request_auth::RequestAuth;

/// See [`ConvexBetterAuth::layer`].
#[derive(Clone, Debug)]
pub struct AuthLayer(pub(super) ConvexBetterAuth);

/// The service [`AuthLayer`] wraps around another.
#[derive(Clone, Debug)]
pub struct AuthService<S> {
    auth: ConvexBetterAuth,
    inner: S,
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService {
            auth: self.0.clone(),
            inner,
        }
    }
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<S> Service<Request<Body>> for AuthService<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<Result<Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The clone that was polled ready is the one to call.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let auth = self.auth.clone();
        Box::pin(async move {
            // Better Auth's own routes need no user.
            if auth.serves(request.uri().path()) {
                return inner.call(request).await;
            }
            let (mut parts, body) = request.into_parts();
            let request_auth = RequestAuth::new(auth, &parts);
            let is_page = is_page(&parts.method, &parts.headers);
            if is_page
                && let Some(redirect) = exchange(&request_auth, &parts.method, &parts.uri).await
            {
                return Ok(redirect);
            }
            parts.extensions.insert(request_auth.clone());
            if !is_page {
                let mut response = inner.call(Request::from_parts(parts, body)).await?;
                finish(&request_auth, response.headers_mut());
                return Ok(response);
            }
            request_auth.resolve().await;
            let again = (inner.clone(), parts.clone());
            let mut response = inner.call(Request::from_parts(parts, body)).await?;
            let corrected = match signs_in(&request_auth, &response) {
                // A second rendering would find the link used up.
                true => None,
                false => request_auth.corrected(),
            };
            let Some(corrected) = corrected else {
                finish(&request_auth, response.headers_mut());
                return Ok(response);
            };
            drop(response);
            let mut response = render_again(again, &corrected).await?;
            finish(&corrected, response.headers_mut());
            Ok(response)
        })
    }
}

/// Returns whether an answer redirects with a new session, as the page of a link in a mail does.
fn signs_in(auth: &RequestAuth, answer: &Response) -> bool {
    let names = session_names(&auth.auth().settings().cookie_prefix);
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let mut given = set
        .filter_map(set_cookie_pair)
        .filter(|(name, value)| is_one_of(&names, name) && !value.is_empty());
    answer.status().is_redirection()
        && given.any(|(_, value)| auth.cookies().session() != Some(value))
}

/// Renders a page again, for the right user. Rendering a page changes nothing else, and nothing of the first rendering
/// has been sent.
async fn render_again<S>(
    (inner, mut parts): (S, Parts),
    visitor: &RequestAuth,
) -> Result<Response, Infallible>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
{
    parts.extensions.insert(visitor.clone());
    inner
        .oneshot(Request::from_parts(parts, Body::empty()))
        .await
}

/// Returns whether a page is about to be rendered. Scripts, styles and pictures are recognised by `Sec-Fetch-Dest`. A
/// handler that renders without this (a server function) determines the user when a helper is called.
fn is_page(method: &Method, headers: &HeaderMap) -> bool {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return false;
    }
    match headers
        .get("sec-fetch-dest")
        .and_then(|dest| dest.to_str().ok())
    {
        Some("document" | "iframe" | "frame" | "embed" | "object") => true,
        Some("empty") => accepts_html(headers),
        Some(_) => false,
        None => accepts_anything(headers),
    }
}

fn accepts_anything(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    accept.is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"))
}

fn finish(auth: &RequestAuth, headers: &mut HeaderMap) {
    send_cookies(auth, headers);
    let is_html = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    let personal =
        !auth.cookies().is_anonymous() && (is_html || !headers.contains_key(header::CACHE_CONTROL));
    if auth.token_used() || personal || headers.contains_key(header::SET_COOKIE) {
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        );
    }
    if is_html {
        headers.append(
            header::VARY,
            HeaderValue::from_name(HeaderName::from_static("cookie")),
        );
    }
}

/// Adds our cookies. If the handler itself sets one of them (a sign-in, a sign-out), the handler's counts. If it sets a
/// session, nothing that was found out about the previous session is sent.
fn send_cookies(auth: &RequestAuth, headers: &mut HeaderMap) {
    let names = session_names(&auth.auth().settings().cookie_prefix);
    let is_set = |headers: &HeaderMap, is_it: &dyn Fn(&str) -> bool| {
        let mut set = headers.get_all(header::SET_COOKIE).iter();
        set.any(|set| set_cookie_name(set).is_some_and(is_it))
    };
    let ours = auth.take_set_cookies();
    for cookie in auth.live_cookies() {
        headers.append(header::SET_COOKIE, cookie);
    }
    if is_set(headers, &|name| is_one_of(&names, name)) {
        return;
    }
    for cookie in ours {
        let Some(name) = set_cookie_name(&cookie) else {
            continue;
        };
        if !is_set(headers, &|set| set == name) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}
