//! The site port: the routes of the app's `convex/http.ts`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::caller::Authenticated;
use super::error::ApiError;
use crate::backend::Backend;
use crate::task::to_the_end;

/// Convex's limit for the body of an HTTP action.
const BODY_LIMIT: usize = 20 * 1024 * 1024;

/// Passes any request to the app's router.
pub(super) async fn serve(State(backend): State<Arc<Backend>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return too_long();
    }
    // A body without a length is measured while the action reads it. The read fails if the body is too long.
    let exceeded = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&exceeded);
    let body = Limited::new(body, BODY_LIMIT).map_err(move |error| {
        if error.is::<LengthLimitError>() {
            noted.store(true, Ordering::Release);
        }
        error
    });
    let body = Body::new(body);
    // A token that this backend cannot verify may be meant for the action itself, so the action still runs, without
    // an identity.
    let who = Authenticated::from_request_parts(&mut parts, &backend).await;
    if let Ok(Authenticated(who)) = who {
        parts.extensions.insert(who.origin);
        if let Some(identity) = who.identity {
            parts.extensions.insert((*identity).clone());
        }
    }
    let request = http::Request::from_parts(parts, body);
    let response = to_the_end(async move { backend.functions.http(request).await }).await;
    if exceeded.load(Ordering::Acquire) {
        return too_long();
    }
    response.map(Body::new)
}

fn too_long() -> Response {
    let message = format!("HTTP action bodies are limited to {BODY_LIMIT} bytes");
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    ApiError::new(status, "RequestTooLarge", message).into_response()
}
