//! The site port: everything the app's `convex/http.ts` routes.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http_body_util::Limited;

use super::caller::Authenticated;
use super::error::ApiError;
use crate::backend::Backend;

/// Convex's limit for the body of an HTTP action.
const BODY_LIMIT: usize = 20 * 1024 * 1024;

/// Hands any request to the app's router.
pub(super) async fn serve(State(backend): State<Arc<Backend>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        let message = format!("HTTP action bodies are limited to {BODY_LIMIT} bytes");
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return ApiError::new(status, "RequestTooLarge", message).into_response();
    }
    // A longer one without a length fails where the action reads it.
    let body = Body::new(Limited::new(body, BODY_LIMIT));
    // A token this backend cannot verify may be meant for the action itself: it still runs, as
    // nobody.
    let who = Authenticated::from_request_parts(&mut parts, &backend).await;
    if let Ok(Authenticated(who)) = who
        && let Some(identity) = who.identity
    {
        parts.extensions.insert((*identity).clone());
    }
    let response = backend
        .functions
        .http(http::Request::from_parts(parts, body))
        .await;
    response.map(Body::new)
}
