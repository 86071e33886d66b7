//! Answers of the proxy itself: JSON for code, a small page for people.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};

use super::headers::wants_page;
use crate::{AuthError, AuthErrorCode};

/// A problem with passing a request to the deployment, or its answer to the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    TooLarge,
    /// The visitor's request was interrupted, or is not valid HTTP.
    BrokenBody,
    Unreachable,
    Timeout,
    MethodNotAllowed,
    NotFound,
    CrossSite,
    NoOrigin,
    /// A link from a mail for which the app has no page.
    LinkWithoutPage,
}

impl Problem {
    fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::Unreachable => StatusCode::BAD_GATEWAY,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::CrossSite | Self::NoOrigin | Self::LinkWithoutPage => StatusCode::FORBIDDEN,
        }
    }

    pub(crate) fn error(self) -> AuthError {
        let (code, text) = match self {
            Self::TooLarge => (AuthErrorCode::PayloadTooLarge, "The request is too large."),
            Self::BrokenBody => (
                AuthErrorCode::BadRequest,
                "The request cannot be read to its end.",
            ),
            Self::Unreachable => (
                AuthErrorCode::Unreachable,
                "The sign-in service cannot be reached. Please try again.",
            ),
            Self::Timeout => (
                AuthErrorCode::UpstreamTimeout,
                "The sign-in service took too long. Please try again.",
            ),
            Self::MethodNotAllowed => (
                AuthErrorCode::BadRequest,
                "This method is not allowed here.",
            ),
            Self::NotFound => (AuthErrorCode::NotFound, "Not found"),
            Self::CrossSite => (AuthErrorCode::InvalidOrigin, "Invalid origin"),
            Self::NoOrigin => (AuthErrorCode::MissingOrNullOrigin, "Missing or null Origin"),
            Self::LinkWithoutPage => (
                AuthErrorCode::Forbidden,
                "This link cannot be opened here. Ask for a new one where you sign in.",
            ),
        };
        AuthError::new(code, text, self.status().as_u16())
    }

    fn is_passing(self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout)
    }

    /// Returns the answer, in the form the request asks for.
    pub(crate) fn answer(self, request_headers: &HeaderMap) -> Response {
        let error = self.error();
        let (kind, body) = if wants_page(request_headers) {
            ("text/html; charset=utf-8", page(&error))
        } else {
            ("application/json", json(&error))
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.is_passing() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if self == Self::MethodNotAllowed {
            headers.insert(
                header::ALLOW,
                HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
            );
        }
        response
    }
}

/// Formats an error like Better Auth.
fn json(error: &AuthError) -> String {
    serde_json::json!({ "message": error.message, "code": error.code }).to_string()
}

/// Formats a page from fixed texts; nothing of the request is included.
fn page(error: &AuthError) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{status}</title></head>\
         <body><main><h1>{message}</h1><p><a href=\"\">Try again</a> · <a href=\"/\">Home</a></p></main></body></html>",
        status = error.status,
        message = error.message,
    )
}
