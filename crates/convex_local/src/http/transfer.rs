//! Snapshots and imports over HTTP, for Convex's CLI. All of these routes need the admin key.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

use super::caller::Administrator;
use super::error::ApiError;
use super::request::JsonBody;
use crate::backend::Backend;
use crate::transfer::{ImportOptions, IntakeRefusal, Refusal};

type Shared = State<Arc<Backend>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    #[serde(default)]
    include_storage: bool,
}

/// Answers `POST /api/export/request/zip`: begins an export; `_system/cli/exports:getLatest` shows when it is done.
pub(super) async fn request(
    _: Administrator,
    State(backend): Shared,
    Query(Wanted { include_storage }): Query<Wanted>,
) -> Result<StatusCode, ApiError> {
    backend.transfers.export(include_storage).await?;
    Ok(StatusCode::OK)
}

/// Answers `GET /api/export/zip/{ts}`: the finished file.
pub(super) async fn download(
    _: Administrator,
    State(backend): Shared,
    Path(ts): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let ts: u64 = ts.parse().map_err(|_| {
        ApiError::bad_request("BadSnapshotId", "Snapshot Id did not parse to an ID.")
    })?;
    let path = backend.transfers.exported(ts).ok_or_else(|| {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "ExportNotFound",
            "That snapshot is not kept any more: a later export has replaced it.",
        )
    })?;
    let served = ServeFile::new(path).oneshot(request).await;
    let mut response = served.unwrap_or_else(|never| match never {}).map(Body::new);
    let name = format!(
        "attachment; filename=snapshot_{}_{ts}.zip",
        crate::INSTANCE_NAME
    );
    let headers = response.headers_mut();
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}

/// Answers `POST /api/import/start_upload`
pub(super) async fn start_upload(
    _: Administrator,
    State(backend): Shared,
) -> Result<Json<Value>, ApiError> {
    let token = backend.transfers.start_upload().await?;
    Ok(Json(json!({ "uploadToken": token })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    upload_token: String,
    part_number: u16,
}

/// Answers `POST /api/import/upload_part`: the body is a piece of the file.
pub(super) async fn upload_part(
    _: Administrator,
    State(backend): Shared,
    Query(part): Query<Part>,
    body: Body,
) -> Result<Json<String>, ApiError> {
    let Part {
        upload_token,
        part_number,
    } = part;
    let body = body.into_data_stream();
    let transfers = &backend.transfers;
    let part = transfers.upload_part(&upload_token, part_number, body);
    Ok(Json(part.await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finish {
    import: ImportOptions,
    upload_token: String,
    part_tokens: Vec<String>,
}

/// Answers `POST /api/import/finish_upload`: the file is complete; `_system/cli/queryImport` describes what importing
/// it would do.
pub(super) async fn finish_upload(
    _: Administrator,
    State(backend): Shared,
    JsonBody(finish): JsonBody<Finish>,
) -> Result<Json<Value>, ApiError> {
    let Finish {
        import,
        upload_token,
        part_tokens,
    } = finish;
    let transfers = &backend.transfers;
    let path = transfers.finish_upload(&upload_token, &part_tokens).await?;
    let id = transfers.import(import, path).await?;
    Ok(Json(json!({ "importId": id })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Import {
    import_id: String,
}

/// Answers `POST /api/perform_import`: carries the import out.
pub(super) async fn perform(
    _: Administrator,
    State(backend): Shared,
    JsonBody(Import { import_id }): JsonBody<Import>,
) -> Result<Response, ApiError> {
    backend.transfers.confirm(&import_id).await?;
    Ok(().into_response())
}

/// Answers `POST /api/cancel_import`: cancels the import.
pub(super) async fn cancel(
    _: Administrator,
    State(backend): Shared,
    JsonBody(Import { import_id }): JsonBody<Import>,
) -> Result<Response, ApiError> {
    backend.transfers.cancel(&import_id).await?;
    Ok(().into_response())
}

impl From<Refusal> for ApiError {
    fn from(error: Refusal) -> Self {
        let (status, code) = match &error {
            Refusal::ExportInProgress => (StatusCode::BAD_REQUEST, "ExportInProgress"),
            Refusal::NoImport(_) => (StatusCode::NOT_FOUND, "ImportNotFound"),
            Refusal::Record(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<IntakeRefusal> for ApiError {
    fn from(error: IntakeRefusal) -> Self {
        let status = match &error {
            IntakeRefusal::Disk(_) => StatusCode::INTERNAL_SERVER_ERROR,
            IntakeRefusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            IntakeRefusal::Unknown | IntakeRefusal::BadPart(_) | IntakeRefusal::Broken(_) => {
                StatusCode::BAD_REQUEST
            }
        };
        Self::new(status, "ImportFailed", error.to_string())
    }
}
