//! `{base_path}/{*path}`: Better Auth's routes on this origin.

use std::error::Error as _;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::ConvexBetterAuth;
use super::cookies::AuthCookies;
use super::headers::{strip_hop_by_hop, strip_identity};
use super::problem::Problem;
use super::visitor::Visitor;

pub(crate) fn routes(auth: ConvexBetterAuth) -> Router {
    let path = format!("{}/{{*path}}", auth.settings().base_path);
    Router::new().route(&path, any(forward)).with_state(auth)
}

async fn forward(State(auth): State<ConvexBetterAuth>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match pass_on(&auth, &parts, body).await {
        Ok(response) => response,
        Err(problem) => {
            tracing::warn!(?problem, method = %parts.method, path = parts.uri.path(), "auth proxy");
            problem.answer(&parts.headers)
        }
    }
}

async fn pass_on(auth: &ConvexBetterAuth, parts: &Parts, body: Body) -> Result<Response, Problem> {
    if matches!(parts.method, Method::CONNECT | Method::TRACE) {
        return Err(Problem::MethodNotAllowed);
    }
    let settings = auth.settings();
    let request = auth
        .http()
        .request(parts.method.clone(), upstream_url(auth, parts)?)
        .headers(request_headers(auth, parts));
    let request = match upstream_body(parts, body, settings.body_limit)? {
        Some((body, length)) => with_length(request, length).body(body),
        None => request,
    };
    let answer = tokio::time::timeout(settings.timeouts.request, request.send())
        .await
        .map_err(|_| Problem::Timeout)?
        .map_err(|error| problem_of(&error))?;
    if parts.method != Method::GET {
        // A sign-out, perhaps: strict guards ask anew.
        let cookies = AuthCookies::of(&parts.headers, &settings.cookie_prefix);
        auth.standings().forget(&cookies);
    }
    Ok(response(answer))
}

/// The same path and query on the deployment. URL parsing resolves `..`, also when percent-encoded;
/// what would leave the base path that way does not exist here.
fn upstream_url(auth: &ConvexBetterAuth, parts: &Parts) -> Result<reqwest::Url, Problem> {
    let settings = auth.settings();
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let url = reqwest::Url::parse(&format!("{}{target}", settings.upstream))
        .map_err(|_| Problem::NotFound)?;
    let inside = url
        .path()
        .strip_prefix(settings.upstream_path())
        .and_then(|path| path.strip_prefix(settings.base_path.as_str()))
        .is_some_and(|rest| rest.starts_with('/'));
    inside.then_some(url).ok_or(Problem::NotFound)
}

fn request_headers(auth: &ConvexBetterAuth, parts: &Parts) -> HeaderMap {
    let visitor = Visitor::of(parts, auth.settings());
    let mut headers = parts.headers.clone();
    strip_hop_by_hop(&mut headers);
    strip_identity(&mut headers);
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::EXPECT);
    // The answer passes through as it is; the server in front compresses if it likes.
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    visitor.write_to(&mut headers);
    headers
}

/// The body as a stream with a limit, and its length when announced. `None` when there is none.
fn upstream_body(
    parts: &Parts,
    body: Body,
    limit: usize,
) -> Result<Option<(reqwest::Body, Option<u64>)>, Problem> {
    if body.is_end_stream() {
        return Ok(None);
    }
    let hint = body.size_hint();
    let length = hint.exact().or_else(|| announced_length(&parts.headers));
    let over = |bytes: u64| usize::try_from(bytes).map_or(true, |bytes| bytes > limit);
    if over(hint.lower()) || length.is_some_and(over) {
        return Err(Problem::TooLarge);
    }
    let stream = Limited::new(body, limit).into_data_stream();
    Ok(Some((reqwest::Body::wrap_stream(stream), length)))
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

fn with_length(request: reqwest::RequestBuilder, length: Option<u64>) -> reqwest::RequestBuilder {
    match length {
        Some(length) => request.header(header::CONTENT_LENGTH, length),
        None => request,
    }
}

/// reqwest reports a failure of the body we feed it as a failed request; the cause tells them apart.
fn problem_of(error: &reqwest::Error) -> Problem {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return Problem::TooLarge;
        }
        cause = error.source();
    }
    if error.is_timeout() {
        Problem::Timeout
    } else {
        Problem::Unreachable
    }
}

/// The answer as it came: status, `Location`, every `Set-Cookie`, the body as a stream.
fn response(answer: reqwest::Response) -> Response {
    let status = answer.status();
    let mut headers = answer.headers().clone();
    strip_hop_by_hop(&mut headers);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let body = match status {
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => Body::empty(),
        _ => Body::from_stream(answer.bytes_stream()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
