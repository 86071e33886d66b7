//! Requests of the server itself to the deployment.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use leptos_convex::server::{deployment_client, traced};
use tracing::Instrument as _;

use super::ConvexBetterAuth;
use super::config::{ConfigError, Settings};
use super::cookies::{AuthCookies, set_cookie_jwt};
use super::in_step::keep_in_step;
use super::token::{self, Token};
use super::visitor::Visitor;

/// The name of requests to Better Auth in traces. Their paths can contain secrets.
pub(crate) const FUNCTION: &str = "better-auth";

/// A token answer is about a kilobyte.
const MAX_BYTES: usize = 64 * 1024;

/// An answer, and its cookies for the visitor. They are passed on whatever the answer is, because the one that extends
/// the session comes once a day.
#[derive(Debug)]
pub(crate) struct Asked<T> {
    pub(crate) answer: T,
    pub(crate) set_cookies: Vec<HeaderValue>,
}

/// The possible results of asking for the user of a request.
#[derive(Debug)]
pub(crate) enum TokenAnswer {
    Token(Token),
    /// Better Auth knows no such session.
    NoSession,
    /// Network, 5xx, 408, 429, or an answer that is not Better Auth's.
    Unknown,
}

/// The possible results of asking whether a session exists.
#[derive(Debug)]
pub(crate) enum SessionAnswer {
    /// It exists, with this id.
    Stands(String),
    Gone,
    Unknown,
}

/// The result of redeeming a one-time token.
#[derive(Debug)]
pub(crate) enum RedeemAnswer {
    SignedIn {
        set_cookies: Vec<HeaderValue>,
    },
    /// Used, expired, or invented.
    Refused,
    Unknown,
}

/// Returns the client for all requests to the deployment: pooled, without redirects, cookies and compression.
pub(crate) fn http_client(settings: &Settings) -> Result<reqwest::Client, ConfigError> {
    deployment_client(&settings.upstream)
        .map_err(|error| ConfigError::HttpClient(error.to_string()))?
        .connect_timeout(settings.timeouts.connect)
        .read_timeout(settings.timeouts.request)
        .build()
        .map_err(|error| ConfigError::HttpClient(error.to_string()))
}

/// The only route that extends the session's row *and* its cookie. It reads the database, not Better Auth's own cookie
/// cache.
const GET_SESSION: &str = "/get-session?disableCookieCache=true";

/// The parameter that tells every other route not to extend the session. They would extend the row and lose the cookie
/// (`dispatch.mjs` replaces the headers that the session check has set; better-auth/better-auth#722), and the browser
/// would drop the cookie while its session exists.
pub(crate) const NO_REFRESH: &str = "disableRefresh=true";

/// Returns `path`, a route called for a session, with the parameter, so that only `/get-session` extends the session.
pub(crate) fn without_refresh(path: &str) -> String {
    if path.starts_with("/get-session") {
        return path.to_owned();
    }
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}{NO_REFRESH}")
}

/// Requests a new token for the session of the visitor's cookies.
///
/// It calls `GET {base_path}/get-session`, whose answer has session and token cookie together. If the app's plugins
/// leave the token out, it also calls `GET {base_path}/convex/token`.
pub(crate) async fn fetch_token(
    auth: &ConvexBetterAuth,
    cookies: &AuthCookies,
    visitor: &Visitor,
) -> Asked<TokenAnswer> {
    let (http, settings) = (auth.http(), auth.settings());
    let mut all = HeaderMap::new();
    let answer = async {
        let Some((status, headers, body)) =
            ask(http, settings, GET_SESSION, cookies, visitor).await
        else {
            return TokenAnswer::Unknown;
        };
        let token = set_cookie_jwt(&set_cookies(&headers), &settings.cookie_prefix);
        append_cookies(&mut all, &headers);
        match read_session_answer(status, &body) {
            SessionAnswer::Gone => return TokenAnswer::NoSession,
            SessionAnswer::Unknown => return TokenAnswer::Unknown,
            SessionAnswer::Stands(_) => {}
        }
        if let Some(token) = token.as_deref().and_then(token::read_fresh) {
            return TokenAnswer::Token(token);
        }
        let path = without_refresh("/convex/token");
        let Some((status, headers, body)) = ask(http, settings, &path, cookies, visitor).await
        else {
            return TokenAnswer::Unknown;
        };
        append_cookies(&mut all, &headers);
        read_token_answer(status, &body)
    }
    .await;
    keep_in_step(&mut all, &[], cookies, &settings.cookie_prefix);
    Asked {
        answer,
        set_cookies: set_cookies(&all),
    }
}

/// Sends `GET {base_path}/get-session`.
pub(crate) async fn fetch_session(
    auth: &ConvexBetterAuth,
    cookies: &AuthCookies,
    visitor: &Visitor,
) -> Asked<SessionAnswer> {
    let (http, settings) = (auth.http(), auth.settings());
    let Some((status, mut headers, body)) =
        ask(http, settings, GET_SESSION, cookies, visitor).await
    else {
        return Asked {
            answer: SessionAnswer::Unknown,
            set_cookies: Vec::new(),
        };
    };
    keep_in_step(&mut headers, &body, cookies, &settings.cookie_prefix);
    Asked {
        answer: read_session_answer(status, &body),
        set_cookies: set_cookies(&headers),
    }
}

/// Sends `POST {base_path}/cross-domain/one-time-token/verify`, which sets the session's cookies. The visitor's cookies
/// are not sent, so that nothing of a previous session is carried over.
pub(crate) async fn redeem(
    http: &reqwest::Client,
    settings: &Settings,
    token: &str,
    cookies: &AuthCookies,
    visitor: &Visitor,
) -> RedeemAnswer {
    let mut headers = HeaderMap::new();
    if let Some(origin) = settings.origin_header() {
        headers.insert(header::ORIGIN, origin);
    }
    if let Some(browser) = visitor.user_agent() {
        headers.insert(header::USER_AGENT, browser.clone());
    }
    visitor.write_to(&mut headers);
    let path = "/cross-domain/one-time-token/verify";
    let request = http
        .post(settings.auth_url(path))
        .headers(headers)
        .json(&serde_json::json!({ "token": token }));
    match answer_in_time(request, settings, path).await {
        Some((status, mut headers, body)) if status.is_success() => {
            keep_in_step(&mut headers, &body, cookies, &settings.cookie_prefix);
            RedeemAnswer::SignedIn {
                set_cookies: set_cookies(&headers),
            }
        }
        Some((status, ..))
            if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS =>
        {
            RedeemAnswer::Refused
        }
        _ => RedeemAnswer::Unknown,
    }
}

/// Sends a `GET` with only the visitor's auth cookies. `None` if there is no answer in time.
async fn ask(
    http: &reqwest::Client,
    settings: &Settings,
    path: &str,
    cookies: &AuthCookies,
    visitor: &Visitor,
) -> Option<(StatusCode, HeaderMap, Bytes)> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    if let Some(cookie) = cookies.to_header() {
        headers.insert(header::COOKIE, cookie);
    }
    visitor.write_to(&mut headers);
    let request = http.get(settings.auth_url(path)).headers(headers);
    answer_in_time(request, settings, path).await
}

async fn answer_in_time(
    request: reqwest::RequestBuilder,
    settings: &Settings,
    path: &str,
) -> Option<(StatusCode, HeaderMap, Bytes)> {
    match tokio::time::timeout(settings.timeouts.token, read_limited(request, MAX_BYTES)).await {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::warn!(%error, path, "the deployment cannot be reached");
            None
        }
        Err(_) => {
            tracing::warn!(path, "the deployment took too long");
            None
        }
    }
}

fn read_session_answer(status: StatusCode, body: &[u8]) -> SessionAnswer {
    #[derive(serde::Deserialize)]
    struct Body {
        session: Session,
    }
    #[derive(serde::Deserialize)]
    struct Session {
        id: String,
    }
    if status == StatusCode::UNAUTHORIZED {
        return SessionAnswer::Gone;
    }
    match serde_json::from_slice::<Option<Body>>(body) {
        Ok(Some(body)) if status.is_success() => SessionAnswer::Stands(body.session.id),
        Ok(None) if status.is_success() => SessionAnswer::Gone,
        _ => {
            tracing::warn!(%status, "unexpected answer of the deployment about a session");
            SessionAnswer::Unknown
        }
    }
}

fn set_cookies(headers: &HeaderMap) -> Vec<HeaderValue> {
    headers
        .get_all(header::SET_COOKIE)
        .iter()
        .cloned()
        .collect()
}

fn append_cookies(all: &mut HeaderMap, headers: &HeaderMap) {
    for cookie in headers.get_all(header::SET_COOKIE) {
        all.append(header::SET_COOKIE, cookie.clone());
    }
}

fn read_token_answer(status: StatusCode, body: &[u8]) -> TokenAnswer {
    if status == StatusCode::UNAUTHORIZED {
        return TokenAnswer::NoSession;
    }
    let token = status.is_success().then(|| token_in(body)).flatten();
    if token.is_none() {
        tracing::warn!(%status, "no Convex token: unexpected answer of the deployment");
    }
    token.map_or(TokenAnswer::Unknown, TokenAnswer::Token)
}

fn token_in(body: &[u8]) -> Option<Token> {
    #[derive(serde::Deserialize)]
    struct Body {
        token: String,
    }
    token::read_fresh(&serde_json::from_slice::<Body>(body).ok()?.token)
}

/// The reason why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{}", without_url(.0))]
    Http(#[from] reqwest::Error),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// Returns the error's text without its address, which can have one-time secrets in its query.
fn without_url(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    if let Some(url) = error.url() {
        text = text.replace(url.as_str(), "the deployment");
    }
    text
}

/// Sends a request and reads its whole answer, up to `limit` bytes.
pub(crate) async fn read_limited(
    request: reqwest::RequestBuilder,
    limit: usize,
) -> Result<(StatusCode, HeaderMap, Bytes), ReadError> {
    let (request, span) = traced(request, FUNCTION);
    let read = async {
        let mut response = request.send().await?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > limit {
                return Err(ReadError::TooLarge(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((response, body))
    };
    let (mut response, body) = read.instrument(span).await?;
    Ok((
        response.status(),
        std::mem::take(response.headers_mut()),
        body.freeze(),
    ))
}
