//! A request to Better Auth for a visitor.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::in_step::keep_in_step;
use super::mail_links;
use super::origin::check_origin;
use super::problem::Problem;
use super::request_auth::RequestAuth;
use super::upstream::{self, ReadError};
use crate::{AuthError, AuthErrorCode, AuthRequest, CallbackUrl};

/// Answers of Better Auth are small.
const MAX_BYTES: usize = 1024 * 1024;

/// The visitor of the running server function. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Relay {
    request: RequestAuth,
    parts: Arc<Parts>,
    response: Option<ResponseOptions>,
}

/// An answer, of any status.
pub(crate) struct Relayed {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u32>,
    pub(crate) set_cookies: Vec<HeaderValue>,
    pub(crate) body: Bytes,
}

impl Relay {
    /// Takes the visitor from the Leptos context. Call it before the first `await`, while the context is certain.
    pub(crate) fn from_context() -> Result<Self, AuthError> {
        let parts = use_context::<Parts>().ok_or_else(outside_request)?;
        let request = parts
            .extensions
            .get::<RequestAuth>()
            .cloned()
            .ok_or_else(without_layer)?;
        let settings = request.auth().settings();
        check_origin(&parts.method, &parts.headers, |origin| {
            settings.trusts(origin)
        })
        .map_err(Problem::error)?;
        Ok(Self {
            request,
            parts: Arc::new(parts),
            response: use_context(),
        })
    }

    pub(crate) fn base_path(&self) -> &str {
        &self.request.auth().settings().base_path
    }

    pub(crate) fn cookie_prefix(&self) -> &str {
        &self.request.auth().settings().cookie_prefix
    }

    /// Sends a form to a path below the base path. A refusal is an error.
    pub(crate) async fn post<B: Serialize>(
        &self,
        path: &str,
        form: &B,
    ) -> Result<Relayed, AuthError> {
        let body = serde_json::to_string(form).map_err(|_| AuthError::unexpected(0))?;
        let request = AuthRequest {
            url: format!("{}{path}", self.base_path()),
            body: Some(body),
            bearer: None,
        };
        self.send(request).await?.accepted()
    }

    /// Sends a request for the visitor. The cookies of the answer are on the response before this returns.
    pub(crate) async fn send(&self, request: AuthRequest) -> Result<Relayed, AuthError> {
        let http = self.request.auth().http();
        let path = request.url.strip_prefix(self.base_path());
        let path = path.unwrap_or(&request.url);
        let url = self.url(path).await;
        let sent = match &request.body {
            Some(body) => http.post(url).json(&self.with_addresses(body)?),
            None => http.get(url),
        };
        let sent = sent.headers(self.headers());
        let sent = match &request.bearer {
            Some(token) => sent.bearer_auth(token),
            None => sent,
        };
        let only_reads = request.body.is_none() && !mail_links::acts(path);
        let answer = self.exchange(sent, only_reads).await?;
        self.send_cookies(&answer);
        Ok(answer)
    }

    /// Returns whether the browser sent cookies, but no session cookie.
    pub(crate) fn came_without_session(&self) -> bool {
        self.request.cookies().came_without_session()
    }

    /// Returns the address of a route. If the session's token has expired, `/get-session` is called first, which
    /// extends the session and its cookie together; the route itself then extends neither.
    async fn url(&self, path: &str) -> String {
        let settings = self.request.auth().settings();
        if !self.request.cookies().has_session() || path.starts_with("/get-session") {
            return settings.auth_url(path);
        }
        self.request.resolve().await;
        settings.auth_url(&upstream::without_refresh(path))
    }

    async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
        only_reads: bool,
    ) -> Result<Relayed, AuthError> {
        let auth = self.request.auth();
        let settings = auth.settings();
        let answer = upstream::read_limited(request, MAX_BYTES);
        let answer = tokio::time::timeout(settings.timeouts.request, answer).await;
        if !only_reads && !matches!(answer, Ok(Ok(_))) {
            // The state of the session is unknown.
            self.request.end_live();
        }
        let (status, mut headers, body) = answer
            .map_err(|_| Problem::Timeout.error())?
            .map_err(|error| unreachable(&error))?;
        // This may be a sign-out, so strict guards ask again.
        auth.standings().forget(self.request.cookies());
        self.request.note_answer(only_reads, &headers);
        keep_in_step(
            &mut headers,
            &body,
            self.request.cookies(),
            self.cookie_prefix(),
        );
        let set_cookies = headers
            .get_all(header::SET_COOKIE)
            .iter()
            .cloned()
            .collect();
        Ok(Relayed {
            status: status.as_u16(),
            retry_after: retry_after(&headers),
            set_cookies,
            body,
        })
    }

    /// Puts Better Auth's cookies on the response.
    fn send_cookies(&self, relayed: &Relayed) {
        let Some(response) = &self.response else {
            if !relayed.set_cookies.is_empty() {
                tracing::error!(
                    "cookies of Better Auth are lost: no ResponseOptions in this context"
                );
            }
            return;
        };
        for cookie in &relayed.set_cookies {
            response.append_header(header::SET_COOKIE, cookie.clone());
        }
    }

    /// Completes local addresses in the form to whole URLs. Better Auth compares whole URLs by their origin, but allows
    /// only a few characters in paths: neither `#` nor `:` nor `%` (`trusted-origins.mjs`).
    fn with_addresses(&self, body: &str) -> Result<Value, AuthError> {
        let site_origin = &self.request.auth().settings().site_origin;
        let mut form: Value = serde_json::from_str(body).map_err(|_| AuthError::unexpected(0))?;
        for name in ADDRESSES {
            let Some(Value::String(address)) = form.get_mut(name) else {
                continue;
            };
            let path =
                CallbackUrl::parse(address).or_else(|| CallbackUrl::of_site(address, site_origin));
            if let Some(path) = path {
                *address = format!("{site_origin}{path}");
            }
        }
        Ok(form)
    }

    /// Returns the headers that Better Auth needs to know about the visitor: cookies, origin, browser, address, public
    /// host.
    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        let visitor = self.request.visitor();
        let site_origin = self.request.auth().settings().origin_header();
        // Checked above: without `Origin` the request still came from this site.
        let origin = self
            .parts
            .headers
            .get(header::ORIGIN)
            .cloned()
            .or(site_origin);
        let optional = [
            (header::ORIGIN, origin),
            (header::COOKIE, self.request.cookies().to_header()),
            (header::USER_AGENT, visitor.user_agent().cloned()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
        visitor.write_to(&mut headers);
        headers
    }
}

impl Relayed {
    /// Returns the answer, if its status is a success.
    fn accepted(self) -> Result<Self, AuthError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        Err(AuthError::from_answer(
            self.status,
            self.retry_after,
            &self.body,
        ))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, AuthError> {
        serde_json::from_slice(&self.body).map_err(|_| AuthError::unexpected(self.status))
    }
}

/// The fields of a form with addresses to go to afterwards.
const ADDRESSES: [&str; 4] = [
    "callbackURL",
    "errorCallbackURL",
    "newUserCallbackURL",
    "redirectTo",
];

/// Reads Better Auth's own header, since `Retry-After` may come from others on the way.
fn retry_after(headers: &HeaderMap) -> Option<u32> {
    let value = headers
        .get("x-retry-after")
        .or_else(|| headers.get(header::RETRY_AFTER))?;
    value.to_str().ok()?.trim().parse().ok()
}

fn unreachable(error: &ReadError) -> AuthError {
    tracing::warn!(%error, "Better Auth cannot be reached");
    Problem::Unreachable.error()
}

fn outside_request() -> AuthError {
    AuthError::new(
        AuthErrorCode::NotAvailable,
        "Called outside of a request.",
        500,
    )
}

fn without_layer() -> AuthError {
    tracing::error!("RequestAuth is missing: mount ConvexBetterAuth::layer() around this route");
    AuthError::new(
        AuthErrorCode::NotAvailable,
        "The server is not set up for sign-in.",
        500,
    )
}
