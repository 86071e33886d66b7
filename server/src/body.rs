//! Bodies of forms, read whole before anything else looks at them.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::LengthLimitError;

/// Forms are small; larger bodies are refused with `413`.
const LIMIT: usize = 256 * 1024;

/// Reads the body. Refuses one that is too large, with or without a `Content-Length`, and one that breaks off.
pub(crate) async fn read(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match to_bytes(body, LIMIT).await {
        Ok(bytes) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Err(error) => refuse(&error),
    }
}

fn refuse(error: &axum::Error) -> Response {
    let cause = std::error::Error::source(error);
    if cause.is_some_and(|cause| cause.is::<LengthLimitError>()) {
        let said = "This is more than a form here may hold. Nothing was changed.\n";
        (StatusCode::PAYLOAD_TOO_LARGE, said).into_response()
    } else {
        (StatusCode::BAD_REQUEST, "The request broke off.\n").into_response()
    }
}
