//! Asking the deployment on the server's own account.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::config::{ConfigError, Settings};
use super::cookies::AuthCookies;
use super::token::{self, Token};
use super::visitor::Visitor;

/// A token answer is about a kilobyte.
const MAX_BYTES: usize = 64 * 1024;

/// The three answers to "whose request is this?".
#[derive(Debug)]
pub(crate) enum TokenAnswer {
    Token {
        token: Token,
        set_cookies: Vec<HeaderValue>,
    },
    /// Better Auth knows no such session.
    NoSession { set_cookies: Vec<HeaderValue> },
    /// Network, 5xx, 408, 429, or an answer that is not Better Auth's.
    Unknown,
}

/// The three answers to "does this session still stand?".
#[derive(Debug)]
pub(crate) enum SessionAnswer {
    Stands {
        id: String,
        set_cookies: Vec<HeaderValue>,
    },
    Gone {
        set_cookies: Vec<HeaderValue>,
    },
    Unknown,
}

/// What became of a one-time token.
#[derive(Debug)]
pub(crate) enum RedeemAnswer {
    SignedIn {
        set_cookies: Vec<HeaderValue>,
    },
    /// Used, run out, or invented.
    Refused,
    Unknown,
}

/// The client for everything that goes to the deployment: pooled, follows no redirect, keeps no
/// cookies, asks for no compression.
pub(crate) fn http_client(settings: &Settings) -> Result<reqwest::Client, ConfigError> {
    // Ours or the one the app has installed already: both will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(settings.timeouts.connect)
        .read_timeout(settings.timeouts.request);
    let builder = if is_loopback(&settings.upstream) {
        builder.no_proxy()
    } else {
        builder
    };
    builder
        .build()
        .map_err(|error| ConfigError::HttpClient(error.to_string()))
}

/// A backend on this machine is never behind the proxy of `HTTP_PROXY`.
fn is_loopback(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else {
        return false;
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// `GET {base_path}/convex/token` with the visitor's auth cookies and nothing else of the visitor's.
pub(crate) async fn fetch_token(
    http: &reqwest::Client,
    settings: &Settings,
    cookies: &AuthCookies,
    visitor: &Visitor,
) -> TokenAnswer {
    match ask(http, settings, "/convex/token", cookies, visitor).await {
        Some((status, headers, body)) => read_token_answer(status, &headers, &body),
        None => TokenAnswer::Unknown,
    }
}

/// `GET {base_path}/get-session`, answered from the database and not from Better Auth's own cookie cache.
pub(crate) async fn fetch_session(
    http: &reqwest::Client,
    settings: &Settings,
    cookies: &AuthCookies,
    visitor: &Visitor,
) -> SessionAnswer {
    let path = "/get-session?disableCookieCache=true";
    match ask(http, settings, path, cookies, visitor).await {
        Some((status, headers, body)) => read_session_answer(status, &headers, &body),
        None => SessionAnswer::Unknown,
    }
}

/// `POST {base_path}/cross-domain/one-time-token/verify`, which sets the session's cookies. Without those of
/// the visitor: nothing of a former session goes into the new one.
pub(crate) async fn redeem(
    http: &reqwest::Client,
    settings: &Settings,
    token: &str,
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
        Some((status, headers, _)) if status.is_success() => RedeemAnswer::SignedIn {
            set_cookies: set_cookies(&headers),
        },
        Some((status, ..))
            if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS =>
        {
            RedeemAnswer::Refused
        }
        _ => RedeemAnswer::Unknown,
    }
}

/// A `GET` with the visitor's auth cookies and nothing else of the visitor's. `None` when nobody answers in
/// time.
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

fn read_session_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> SessionAnswer {
    #[derive(serde::Deserialize)]
    struct Body {
        session: Session,
    }
    #[derive(serde::Deserialize)]
    struct Session {
        id: String,
    }
    let set_cookies = set_cookies(headers);
    if status == StatusCode::UNAUTHORIZED {
        return SessionAnswer::Gone { set_cookies };
    }
    match serde_json::from_slice::<Option<Body>>(body) {
        Ok(Some(body)) if status.is_success() => SessionAnswer::Stands {
            id: body.session.id,
            set_cookies,
        },
        Ok(None) if status.is_success() => SessionAnswer::Gone { set_cookies },
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

fn read_token_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> TokenAnswer {
    let set_cookies = set_cookies(headers);
    if status == StatusCode::UNAUTHORIZED {
        return TokenAnswer::NoSession { set_cookies };
    }
    let token = status.is_success().then(|| token_in(body)).flatten();
    if token.is_none() {
        tracing::warn!(%status, "no Convex token: unexpected answer of the deployment");
    }
    token.map_or(TokenAnswer::Unknown, |token| TokenAnswer::Token {
        token,
        set_cookies,
    })
}

fn token_in(body: &[u8]) -> Option<Token> {
    #[derive(serde::Deserialize)]
    struct Body {
        token: String,
    }
    token::read_fresh(&serde_json::from_slice::<Body>(body).ok()?.token)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{}", without_url(.0))]
    Http(#[from] reqwest::Error),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// The error's text without its address, which can carry one-time secrets in its query.
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
    let mut response = request.send().await?;
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Err(ReadError::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((
        response.status(),
        std::mem::take(response.headers_mut()),
        body.freeze(),
    ))
}
