//! `{base_path}/{*path}`: Better Auth's routes on this origin.

use std::error::Error as _;

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use http_body_util::LengthLimitError;
use leptos_convex::server::{REQUEST_ID, traced};
use serde_json::json;
use tracing::Instrument as _;

use super::ConvexBetterAuth;
use super::admit::{admit, is_posted_callback};
use super::config::Settings;
use super::cookies::AuthCookies;
use super::headers::{strip_hop_by_hop, strip_identity};
use super::in_step::{hands_out_token, keep_in_step, withhold_token};
use super::mail_links;
use super::problem::Problem;
use super::upstream::{self, NO_REFRESH, TokenAnswer};
use super::visitor::Visitor;

/// How much of an answer is read before it is passed on, to check whether it contains a token. Such answers are small.
const LOOK_AT: usize = 256 * 1024;

/// Headers in which the deployment describes its own host. A browser would apply them to this one, and
/// `includeSubDomains` to its subdomains.
const OF_THE_HOST: [HeaderName; 2] = [header::STRICT_TRANSPORT_SECURITY, header::ALT_SVC];

pub(crate) fn routes(auth: ConvexBetterAuth) -> Router {
    let path = format!("{}/{{*path}}", auth.settings().base_path);
    Router::new().route(&path, any(forward)).with_state(auth)
}

async fn forward(State(auth): State<ConvexBetterAuth>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match pass_on(&auth, &parts, body).await {
        Ok(response) => response,
        Err(problem) => {
            let path = auth.loggable_path(parts.uri.path());
            tracing::warn!(?problem, method = %parts.method, %path, "auth proxy");
            problem.answer(&parts.headers)
        }
    }
}

async fn pass_on(auth: &ConvexBetterAuth, parts: &Parts, body: Body) -> Result<Response, Problem> {
    if matches!(parts.method, Method::CONNECT | Method::TRACE) {
        return Err(Problem::MethodNotAllowed);
    }
    let settings = auth.settings();
    let url = upstream_url(settings, parts)?;
    if let Some(answer) = mail_links::answer(parts, url.path(), settings) {
        return answer;
    }
    admit(
        &parts.method,
        route(settings, &url),
        &parts.headers,
        settings,
    )?;
    let cookies = AuthCookies::of(&parts.headers, &settings.cookie_prefix);
    let route = route(settings, &url).to_owned();
    if asks_for_token(parts, &route, &cookies)
        && let Some(response) = token_response(auth, parts, &cookies).await
    {
        return Ok(response);
    }
    let url = keeping_lives_equal(url, &route, &cookies);
    let mut headers = request_headers(settings, parts, &cookies);
    if is_posted_callback(&parts.method, &route)
        && let Some(origin) = settings.origin_header()
    {
        // The deployment does not know the provider's origin. It was checked here.
        headers.insert(header::ORIGIN, origin);
    }
    let request = auth
        .http()
        .request(parts.method.clone(), url)
        .headers(headers);
    let body = read_body(body, settings).await?;
    let request = match body.is_empty() {
        true => request,
        false => request.body(body),
    };
    let (request, span) = traced(request, upstream::FUNCTION);
    let answer = request.send().instrument(span);
    let answer = tokio::time::timeout(settings.timeouts.request, answer).await;
    let live = auth.live().filter(|_| !only_reads(parts, &route));
    let live = live.and_then(|live| Some((live, live.asking(&parts.headers, &cookies)?)));
    if let (Some((live, asking)), Err(_) | Ok(Err(_))) = (&live, &answer) {
        // The state of the session is unknown.
        live.end(asking);
    }
    let answer = answer
        .map_err(|_| Problem::Timeout)?
        .map_err(|error| problem_of(&error))?;
    if parts.method != Method::GET {
        // This may be a sign-out, so strict guards ask again.
        auth.standings().forget(&cookies);
    }
    let live = live.filter(|(live, asking)| live.answered(asking, false, answer.headers()));
    let mut response = response(answer, &cookies, &settings.cookie_prefix).await?;
    if let Some(cookie) = live.and_then(|(live, _)| live.wrote_cookie()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Returns whether the route changes nothing. Links change something with a GET.
fn only_reads(parts: &Parts, route: &str) -> bool {
    parts.method == Method::GET && matches!(route, "/get-session" | "/convex/token")
}

/// Returns the same path and query on the deployment. URL parsing resolves `..`, also when percent-encoded; a path that
/// would leave the base path that way does not exist.
fn upstream_url(settings: &Settings, parts: &Parts) -> Result<reqwest::Url, Problem> {
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let url = reqwest::Url::parse(&format!("{}{target}", settings.upstream))
        .map_err(|_| Problem::NotFound)?;
    let inside = route(settings, &url).starts_with('/');
    inside.then_some(url).ok_or(Problem::NotFound)
}

/// Returns whether the token for a session in a cookie is requested. A session in a header has no cookie to extend.
fn asks_for_token(parts: &Parts, route: &str, cookies: &AuthCookies) -> bool {
    parts.method == Method::GET
        && route == "/convex/token"
        && cookies.has_session()
        && !parts.headers.contains_key(header::AUTHORIZATION)
}

/// Answers `/convex/token` with the result of `/get-session`, because only that route extends the session's cookie
/// together with the session, and an open page requests nothing else. `None` if there is no result; then the route
/// itself answers.
async fn token_response(
    auth: &ConvexBetterAuth,
    parts: &Parts,
    cookies: &AuthCookies,
) -> Option<Response> {
    let settings = auth.settings();
    let visitor = Visitor::of(parts, settings);
    let asked = upstream::fetch_token(auth, cookies, &visitor).await;
    let (status, body) = match asked.answer {
        TokenAnswer::Token(token) => (StatusCode::OK, json!({ "token": &*token.text })),
        TokenAnswer::NoSession => (
            StatusCode::UNAUTHORIZED,
            json!({ "message": "Unauthorized", "code": "UNAUTHORIZED" }),
        ),
        TokenAnswer::Unknown => return None,
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in asked.set_cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    Some(response)
}

/// Tells a route without parameters not to extend the session, because it would not extend its cookie.
fn keeping_lives_equal(mut url: reqwest::Url, route: &str, cookies: &AuthCookies) -> reqwest::Url {
    if url.query().is_none() && cookies.has_session() && route != "/get-session" {
        url.set_query(Some(NO_REFRESH));
    }
    url
}

/// Returns the path below the base path, as the deployment reads it; empty if it is not below.
fn route<'a>(settings: &Settings, url: &'a reqwest::Url) -> &'a str {
    url.path()
        .strip_prefix(settings.upstream_path())
        .and_then(|path| path.strip_prefix(settings.base_path.as_str()))
        .unwrap_or_default()
}

/// Returns the visitor's headers with our own description of the visitor, and only Better Auth's cookies.
fn request_headers(settings: &Settings, parts: &Parts, cookies: &AuthCookies) -> HeaderMap {
    let visitor = Visitor::of(parts, settings);
    let mut headers = parts.headers.clone();
    strip_hop_by_hop(&mut headers);
    strip_identity(&mut headers);
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::EXPECT);
    headers.remove(header::COOKIE);
    // The server's own request has its own id.
    headers.remove(REQUEST_ID);
    if let Some(cookies) = cookies.to_header() {
        headers.insert(header::COOKIE, cookies);
    }
    // The answer is passed on unchanged; the server in front may compress it.
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    visitor.write_to(&mut headers);
    headers
}

/// Reads the whole body. The deployment gets only complete requests, because a slow one must not occupy a place there
/// for which others wait.
async fn read_body(body: Body, settings: &Settings) -> Result<Bytes, Problem> {
    let announced = usize::try_from(body.size_hint().lower());
    if announced.map_or(true, |bytes| bytes > settings.body_limit) {
        return Err(Problem::TooLarge);
    }
    let read = to_bytes(body, settings.body_limit);
    match tokio::time::timeout(settings.timeouts.request, read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_large(&error) => Err(Problem::TooLarge),
        Ok(Err(_)) | Err(_) => Err(Problem::BrokenBody),
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    error
        .source()
        .is_some_and(|cause| cause.is::<LengthLimitError>())
}

fn problem_of(error: &reqwest::Error) -> Problem {
    if error.is_timeout() {
        Problem::Timeout
    } else {
        Problem::Unreachable
    }
}

/// Returns the answer unchanged: status, `Location`, every `Set-Cookie`, the body as a stream. Only inconsistent token
/// and session cookies are changed, and headers of the connection and of the deployment's host left out.
async fn response(
    mut answer: reqwest::Response,
    cookies: &AuthCookies,
    prefix: &str,
) -> Result<Response, Problem> {
    let status = answer.status();
    let mut headers = std::mem::take(answer.headers_mut());
    strip_hop_by_hop(&mut headers);
    for name in OF_THE_HOST {
        headers.remove(name);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let body = match status {
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => Body::empty(),
        _ if hands_out_token(&headers, prefix) => {
            let (begun, is_whole) = read_some(&mut answer).await?;
            if is_whole {
                keep_in_step(&mut headers, &begun, cookies, prefix);
                Body::from(begun)
            } else {
                // The content is unknown, so it is passed on without its token.
                withhold_token(&mut headers, prefix);
                let begun = futures::stream::once(async { Ok(begun) });
                Body::from_stream(begun.chain(answer.bytes_stream()))
            }
        }
        _ => Body::from_stream(answer.bytes_stream()),
    };
    keep_in_step(&mut headers, &[], cookies, prefix);
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Returns the beginning of a body, and whether that is the whole body.
async fn read_some(answer: &mut reqwest::Response) -> Result<(Bytes, bool), Problem> {
    let mut begun = BytesMut::new();
    while begun.len() <= LOOK_AT {
        match answer.chunk().await.map_err(|error| problem_of(&error))? {
            Some(chunk) => begun.extend_from_slice(&chunk),
            None => return Ok((begun.freeze(), true)),
        }
    }
    Ok((begun.freeze(), false))
}
