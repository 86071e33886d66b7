//! The routes for Convex's command line when it pushes functions or generates their types.
//!
//! A backend serves one folder of this machine, so pushed code never runs: a push makes the backend load that folder
//! again, and the response describes its content. The pushed modules only have to show that it is the same folder.
//! All of these routes need the admin key.

mod body;
mod code;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) use body::LIMIT;

use super::caller::Administrator;
use super::error::ApiError;
use super::request::JsonBody;
use crate::backend::Backend;
use crate::functions::Misfit;
use body::Compressed;
use code::PushedCode;

type Shared = State<Arc<Backend>>;

#[derive(Deserialize)]
pub(super) struct Asking {
    version: String,
}

/// Answers `/api/get_config_hashes`: the modules that need not be sent. None are kept, so all must be sent.
pub(super) async fn hashes(
    _: Administrator,
    JsonBody(Asking { version }): JsonBody<Asking>,
) -> Json<Value> {
    Json(json!({
        "config": { "functions": "convex/" },
        "moduleHashes": [],
        "nodeDependencies": [],
        "udfServerVersion": version,
    }))
}

/// Answers `/api/deploy2/start_push`: the content of the folder. `npx convex codegen` makes only this request.
pub(super) async fn start(
    _: Administrator,
    State(backend): Shared,
    Compressed(pushed): Compressed<PushedCode>,
) -> Result<Json<Value>, ApiError> {
    let found = backend.functions.inspect().await;
    let found = found.map_err(|error| not_loaded(&error))?;
    pushed
        .check(&found)
        .map_err(|error| ApiError::bad_request("AnotherFolder", error.to_string()))?;
    Ok(Json(json!({
        // The CLI needs them only to remove secrets from its output, so they are not sent.
        "environmentVariables": {},
        "externalDepsId": null,
        "componentDefinitionPackages": {},
        "appAuth": [],
        "analysis": found.analysis(pushed.convex_version()),
        "app": found.app(),
        "schemaChange": schema_change(found.misfit()),
    })))
}

/// Returns the value that the CLI sends back to [`wait_for_schema`].
fn schema_change(misfit: Option<&Misfit>) -> Value {
    json!({ "allocatedComponentIds": {}, "schemaIds": {}, "indexDiffs": {}, "misfit": misfit })
}

/// Answers `/api/deploy2/evaluate_push`: which indexes would change. Here indexes are built at once, so there is
/// nothing to warn about.
pub(super) async fn evaluate(_: Administrator) -> Json<Value> {
    Json(json!({ "schemaChange": schema_change(None) }))
}

/// Answers `/api/deploy2/evaluate_schema`: the same for newer versions of the CLI.
pub(super) async fn evaluate_schema(_: Administrator) -> Json<Value> {
    Json(json!({ "componentSchemaEvaluations": {}, "newComponentDefinitions": [] }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Waiting {
    schema_change: SchemaChange,
}

#[derive(Deserialize)]
struct SchemaChange {
    misfit: Option<Misfit>,
}

/// Answers `/api/deploy2/wait_for_schema`: whether the stored documents match.
pub(super) async fn wait_for_schema(
    _: Administrator,
    JsonBody(Waiting { schema_change }): JsonBody<Waiting>,
) -> Json<Value> {
    let Some(misfit) = schema_change.misfit else {
        return Json(json!({ "type": "complete" }));
    };
    let mut failed = json!(misfit);
    failed["type"] = json!("failed");
    Json(failed)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finishing {
    #[serde(default)]
    dry_run: bool,
}

/// Answers `/api/deploy2/finish_push`: loads the folder as it is now and serves it.
pub(super) async fn finish(
    _: Administrator,
    State(backend): Shared,
    Compressed(Finishing { dry_run }): Compressed<Finishing>,
) -> Result<Json<Value>, ApiError> {
    if !dry_run {
        let loaded = backend.functions.load_now().await;
        loaded.map_err(|error| not_loaded(&error))?;
    }
    Ok(Json(json!({
        "authDiff": { "added": [], "removed": [] },
        "definitionDiffs": {},
        "componentDiffs": {},
    })))
}

/// Answers `/api/deploy2/report_push_completed`: the CLI reports how long the parts of a push took.
pub(super) async fn report(_: Administrator) -> Json<Value> {
    Json(Value::Null)
}

fn not_loaded(error: &dyn std::error::Error) -> ApiError {
    let message = format!("The functions do not load; those from before go on serving.\n{error}");
    ApiError::bad_request("FunctionsDoNotLoad", message)
}
