//! One request to Better Auth on this origin. The platform supplies `fetch`.

use std::fmt;

use futures::future::BoxFuture;

use crate::AuthError;

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod inert;

#[cfg(feature = "hydrate")]
pub(super) use browser::fetch;
#[cfg(not(feature = "hydrate"))]
pub(super) use inert::fetch;

/// A request with an optional JSON body.
#[derive(Clone)]
#[non_exhaustive]
pub struct AuthRequest {
    /// Path below the origin, base path included, with its query.
    pub url: String,
    /// The JSON body: `POST` with one, `GET` without.
    pub body: Option<String>,
    /// A session token to use in place of the cookie.
    pub bearer: Option<String>,
}

impl fmt::Debug for AuthRequest {
    /// Leaves out fields that may contain a password or a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.url.split('?').next();
        f.debug_struct("AuthRequest")
            .field("path", &path)
            .finish_non_exhaustive()
    }
}

/// An answer of any status.
#[derive(Clone, Debug)]
pub struct AuthResponse {
    /// HTTP status.
    pub status: u16,
    /// Seconds to wait before trying again (`X-Retry-After`), after too many tries.
    pub retry_after: Option<u32>,
    /// The body as text; JSON if it comes from Better Auth.
    pub body: String,
}

/// Sends the requests of an [`AuthClient`](crate::AuthClient): `customFetchImpl` of the JavaScript client. For
/// headers of your own, for programs that are no browser, and for tests.
///
/// # Errors
/// [`AuthError::unreachable`] when no answer came. A refusal is an answer.
pub trait AuthFetch: Send + Sync {
    /// Sends one request.
    fn fetch(&self, request: AuthRequest) -> BoxFuture<'static, Result<AuthResponse, AuthError>>;
}
