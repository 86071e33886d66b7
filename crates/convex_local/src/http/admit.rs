//! The layer that asks the [`Guard`](super::Guard) before anything else.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::ORIGIN;
use http::{HeaderMap, StatusCode, Uri};

use super::error::ApiError;
use crate::backend::Backend;

/// Refuses requests that the guard does not admit.
pub(super) async fn check(
    State(backend): State<Arc<Backend>>,
    request: Request,
    next: Next,
) -> Response {
    match admit(&backend, request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn admit(backend: &Backend, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
    let host = backend.guard.host(uri, headers)?;
    let mut origins = headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return Ok(());
    };
    // A browser sends at most one.
    let origin = match origins.next() {
        None => origin.to_str().unwrap_or("invalid"),
        Some(_) => "invalid",
    };
    // The functions' environment may be changed while the backend runs.
    let site_url = || backend.kept_env().ok()?.remove("SITE_URL");
    if backend.guard.admits(origin, &host, site_url) {
        return Ok(());
    }
    tracing::warn!(?origin, "refused a request of another site's page");
    let message = format!(
        "Pages of {origin:?} may not use this backend. Set SITE_URL to the app's address, or start it with \
         --allow-origin {origin}"
    );
    Err(ApiError::new(StatusCode::FORBIDDEN, "BadOrigin", message))
}
