//! The routes of stored files: upload and download.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tower_http::services::ServeFile;
use uuid::Uuid;

use super::error::ApiError;
use crate::backend::Backend;
use crate::files::{IntakeError, StoreError};
use crate::store::{ComponentPath, StoredFile};
use crate::task::to_the_end;

/// How long an upload may take, as on Convex.
const UPLOAD_TIME: Duration = Duration::from_secs(120);
/// A file never changes under its address.
const CACHED: HeaderValue = HeaderValue::from_static("private, max-age=2592000");
const DIGEST: HeaderName = HeaderName::from_static("digest");

#[derive(Deserialize)]
pub(super) struct Upload {
    token: String,
}

#[derive(Deserialize)]
pub(super) struct Owner {
    component: Option<String>,
}

/// Answers `POST /api/storage/upload?token=…`: the body is the file.
pub(super) async fn upload(
    State(backend): State<Arc<Backend>>,
    Query(Upload { token }): Query<Upload>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let files = backend.functions.files();
    let component = files.check_token(&token).map_err(|error| {
        let message = format!("This upload URL is not valid (any more): {error}");
        ApiError::new(StatusCode::UNAUTHORIZED, "InvalidUploadToken", message)
    })?;
    let content_type = text(&headers, &CONTENT_TYPE)?;
    let sha256 = text(&headers, &DIGEST)?.map(|digest| {
        let sha256 = digest.strip_prefix("sha-256=").map(str::to_owned);
        sha256.ok_or_else(|| bad_header(&DIGEST))
    });
    let mut intake = files.intake();
    intake.expect(sha256.transpose()?);
    let arrived =
        tokio::time::timeout(UPLOAD_TIME, intake.write_all(body.into_data_stream())).await;
    match arrived {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(StoreError::Intake(error).into()),
        Err(_) => {
            let message = format!("An upload may take {} s", UPLOAD_TIME.as_secs());
            return Err(ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                "UploadTimeout",
                message,
            ));
        }
    }
    // The content has arrived. Even if the client leaves now, it gets its row, or is removed.
    let files = files.clone();
    let kept = to_the_end(async move { files.keep(&component, intake, content_type).await });
    let id = kept.await?;
    Ok(Json(json!({ "storageId": id })))
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let (status, code) = match &error {
            StoreError::Intake(IntakeError::Mismatch { .. }) => {
                (StatusCode::BAD_REQUEST, "Sha256Mismatch")
            }
            StoreError::Intake(IntakeError::TooLarge) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "FileTooLarge")
            }
            StoreError::Intake(IntakeError::Broken(_)) => (StatusCode::BAD_REQUEST, "BadBody"),
            StoreError::Intake(IntakeError::Disk(_))
            | StoreError::Row(_)
            | StoreError::Commit(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
        };
        Self::new(status, code, error.to_string())
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, ApiError> {
    let value = headers
        .get(name)
        .map(|value| value.to_str().map(str::to_owned));
    value.transpose().map_err(|_| bad_header(name))
}

fn bad_header(name: &HeaderName) -> ApiError {
    ApiError::bad_request("BadHeader", format!("Bad header for {name}"))
}

/// Answers `GET /api/storage/{name}`: the file, whole or a range of it.
pub(super) async fn read(
    State(backend): State<Arc<Backend>>,
    Path(name): Path<String>,
    Query(Owner { component }): Query<Owner>,
    request: Request,
) -> Result<Response, ApiError> {
    let name: Uuid = name.parse().map_err(|_| {
        let message = format!(
            "Invalid storage path: \"{name}\". Please use `storage.getUrl(storageId: \
             Id<\"_storage\">)` to generate a valid URL to retrieve files. See \
             https://docs.convex.dev/file-storage/serve-files for more details"
        );
        ApiError::bad_request("InvalidStoragePath", message)
    })?;
    let component = ComponentPath::new(component.as_deref().unwrap_or_default());
    let files = backend.functions.files();
    let (file, path) = files.named(&component, name).ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "FileNotFound",
            format!("File {name} not found"),
        )
    })?;
    let etag = format!("\"{}\"", file.sha256);
    let known = request.headers().get_all(IF_NONE_MATCH).iter();
    let mut response = if known.into_iter().any(|tags| names(tags, &etag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let served = ServeFile::new(path).oneshot(request).await;
        served
            .map(|response| response.map(Body::new))
            .unwrap_or_else(|never| match never {})
    };
    describe(response.headers_mut(), &file, &etag);
    if response.status().is_client_error() || response.status().is_server_error() {
        // The content may be readable the next time.
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(CACHE_CONTROL, no_store);
    }
    Ok(response)
}

fn names(tags: &HeaderValue, etag: &str) -> bool {
    let tags = tags.to_str().unwrap_or_default();
    let mut tags = tags
        .split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|tag| tag == etag || tag == "*")
}

fn describe(headers: &mut HeaderMap, file: &StoredFile, etag: &str) {
    headers.remove(CONTENT_TYPE);
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if let Some(kind) = &file.content_type {
        set(CONTENT_TYPE, kind);
    }
    if !file.content_type.as_deref().is_some_and(is_inert) {
        // The address may be on the app's own origin, see `LocalBackend::cloud_router`: an uploaded page must not run
        // there with the app's rights.
        set(CONTENT_SECURITY_POLICY, "sandbox");
    }
    set(ETAG, etag);
    set(DIGEST, &format!("sha-256={}", file.sha256));
    headers.insert(CACHE_CONTROL, CACHED);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Returns whether a file of this type is known to run no scripts when a browser opens it. Browsers treat some
/// unexpected types as pages: `text/xsl`, and the last type of a list (`image/png, text/html`).
fn is_inert(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    let Some((main, sub)) = kind.split_once('/') else {
        return false;
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    // A parameter can hide a second type.
    if content_type.contains(',') || !sub.chars().all(is_plain) || sub.ends_with("xml") {
        return false;
    }
    match main {
        "image" | "audio" | "video" | "font" => true,
        "text" => matches!(sub, "plain" | "csv" | "css" | "markdown"),
        "application" => matches!(
            sub,
            "pdf" | "json" | "octet-stream" | "zip" | "gzip" | "wasm"
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_inert;

    #[test]
    fn types_that_may_be_shown_as_a_page_are_not_harmless() {
        for page in [
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "application/xml",
            "text/xml",
            "text/xsl",
            "image/xml",
            "text/plain, text/html",
            "image/png,text/html",
            "image/png;x=\"a, text/html",
            "multipart/x-mixed-replace; boundary=x",
            "multipart/related",
            "message/rfc822",
            "application/x-unknown",
            "text/html\u{b}",
            "image/png text/html",
            "html",
            "",
        ] {
            assert!(!is_inert(page), "{page:?}");
        }
        for file in [
            "image/png",
            "image/vnd.microsoft.icon",
            "Text/Plain; charset=utf-8",
            "application/pdf",
            "video/mp4",
        ] {
            assert!(is_inert(file), "{file}");
        }
    }
}
