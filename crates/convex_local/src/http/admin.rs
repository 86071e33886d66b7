//! The routes for the `convex-local` command. All of them need the admin key.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::caller::Administrator;
use super::error::ApiError;
use super::request::JsonBody;
use crate::backend::Backend;
use crate::folder::FolderError;

type Shared = State<Arc<Backend>>;

/// Answers `/api/check_admin_key`, which Convex's own CLI also requests.
pub(super) async fn check_key(_: Administrator) -> Json<Value> {
    Json(serde_json::json!({ "success": true }))
}

/// Returns the stored environment variables of the functions.
pub(super) async fn env(
    _: Administrator,
    State(backend): Shared,
) -> Result<Json<BTreeMap<String, String>>, ApiError> {
    backend.kept_env().map(Json).map_err(internal)
}

/// A variable to set; without `value`, to unset.
#[derive(Debug, Deserialize)]
pub(super) struct EnvChange {
    name: String,
    value: Option<String>,
}

/// Stores a variable and reloads the functions with it.
pub(super) async fn change_env(
    _: Administrator,
    State(backend): Shared,
    JsonBody(change): JsonBody<EnvChange>,
) -> Result<StatusCode, ApiError> {
    backend
        .change_env(&change.name, change.value)
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

fn refused(error: FolderError) -> ApiError {
    match error {
        FolderError::BadName(_) | FolderError::Reserved(_) | FolderError::Declared(_) => {
            ApiError::bad_request("BadEnvironmentVariable", error.to_string())
        }
        other => internal(other),
    }
}

/// Variables to set; without `value`, to unset.
#[derive(Debug, Deserialize)]
pub(super) struct EnvChanges {
    changes: Vec<EnvChange>,
}

/// Answers `/api/update_environment_variables`: sets several variables, as Convex's own CLI sends them.
pub(super) async fn update_variables(
    _: Administrator,
    State(backend): Shared,
    JsonBody(EnvChanges { changes }): JsonBody<EnvChanges>,
) -> Result<StatusCode, ApiError> {
    for change in &changes {
        let value = change.value.as_deref();
        backend.check_env(&change.name, value).map_err(refused)?;
    }
    for change in changes {
        backend
            .change_env(&change.name, change.value)
            .map_err(refused)?;
    }
    Ok(StatusCode::OK)
}

/// Answers `/api/list_environment_variables`
pub(super) async fn list_variables(
    _: Administrator,
    State(backend): Shared,
) -> Result<Json<Value>, ApiError> {
    let variables = backend.kept_env().map_err(internal)?;
    Ok(Json(
        serde_json::json!({ "environment_variables": variables }),
    ))
}

/// Answers `/api/v1/get_canonical_urls`: the addresses of this backend for clients.
pub(super) async fn canonical_urls(_: Administrator, State(backend): Shared) -> Json<Value> {
    Json(serde_json::json!({
        "convexCloudUrl": backend.cloud_url,
        "convexSiteUrl": backend.site_url,
    }))
}

/// Returns names and sizes of the tables.
pub(super) async fn tables(_: Administrator, State(backend): Shared) -> Json<Value> {
    Json(serde_json::json!(backend.tables()))
}

/// Returns the documents of one table, oldest first.
pub(super) async fn documents(
    _: Administrator,
    State(backend): Shared,
    Path(table): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let not_read =
        |error: crate::store::DbError| ApiError::bad_request("CannotReadTable", error.to_string());
    backend.documents(&table).map(Json).map_err(not_read)
}

/// Returns the JSON of `npx convex function-spec`.
pub(super) async fn spec(_: Administrator, State(backend): Shared) -> Json<Value> {
    Json((*backend.functions.spec()).clone())
}

fn internal(error: impl std::fmt::Display) -> ApiError {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalServerError",
        error.to_string(),
    )
}
