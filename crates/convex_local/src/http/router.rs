//! The whole URL space of both ports.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::{HeaderMap, Method};
use serde_json::Value;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::caller::Nobody;
use super::{admin, admit, api, logs, push, site, status, storage, transfer};
use crate::backend::Backend;
use crate::sync::{ClientAddress, ClientVersion, Upgrade};

/// Convex's limit for a call over HTTP: arguments of 16 MiB.
const CALL_LIMIT: usize = (1 << 24) + 2_000;

/// Returns the routes for clients: functions, live queries and the status page.
pub(crate) fn cloud_router(backend: Arc<Backend>) -> Router {
    Router::new()
        .route("/version", get(|| async { env!("CARGO_PKG_VERSION") }))
        .route("/instance_name", get(|| async { crate::INSTANCE_NAME }))
        .route("/api/query", post(api::query).get(api::query_get))
        .route("/api/query_ts", post(api::query_ts))
        .route("/api/query_at_ts", post(api::query_at_ts))
        .route("/api/query_batch", post(api::query_batch))
        .route("/api/mutation", post(api::mutation))
        .route("/api/action", post(api::action))
        .route("/api/function", post(api::function))
        .route("/api/run/{*path}", post(api::run))
        .route("/.well-known/jwks.json", get(jwks))
        .merge(file_routes())
        .merge(live_routes())
        .merge(command_line_routes())
        .route("/api/check_admin_key", get(admin::check_key))
        .route("/api/local/env", get(admin::env).post(admin::change_env))
        .route("/api/local/tables", get(admin::tables))
        .route("/api/local/tables/{table}", get(admin::documents))
        .route("/api/local/spec", get(admin::spec))
        .layer(DefaultBodyLimit::max(CALL_LIMIT))
        .layer(cors())
        // A layer applies to the routes above it. HTTP actions set their CORS headers themselves, as on Convex:
        // cookies are sent to every port, and a page of another port must not read protected responses.
        .nest_service("/http", http_actions(backend.clone()))
        // Other sites must not read it.
        .route("/", get(status::page))
        .layer(from_fn_with_state(backend.clone(), admit::check))
        .with_state(backend)
}

/// Returns the public key of the tokens that functions sign.
async fn jwks(State(backend): State<Arc<Backend>>) -> Json<Value> {
    Json(backend.functions.jwks().clone())
}

/// Returns the routes for Convex's own CLI, besides function calls.
fn command_line_routes() -> Router<Arc<Backend>> {
    Router::new()
        .route(
            "/api/update_environment_variables",
            post(admin::update_variables),
        )
        .route(
            "/api/list_environment_variables",
            get(admin::list_variables),
        )
        .route("/api/v1/get_canonical_urls", get(admin::canonical_urls))
        .route("/api/stream_function_logs", get(logs::stream))
        .route("/api/export/request/zip", post(transfer::request))
        .route("/api/export/zip/{ts}", get(transfer::download))
        .route("/api/import/start_upload", post(transfer::start_upload))
        .route("/api/import/upload_part", post(transfer::upload_part))
        .route("/api/import/finish_upload", post(transfer::finish_upload))
        .route("/api/perform_import", post(transfer::perform))
        .route("/api/cancel_import", post(transfer::cancel))
        .merge(push_routes())
}

/// Returns the routes for the CLI when it pushes functions.
fn push_routes() -> Router<Arc<Backend>> {
    Router::new()
        .route("/api/get_config_hashes", post(push::hashes))
        .route("/api/deploy2/start_push", post(push::start))
        .route("/api/deploy2/evaluate_push", post(push::evaluate))
        .route("/api/deploy2/evaluate_schema", post(push::evaluate_schema))
        .route("/api/deploy2/wait_for_schema", post(push::wait_for_schema))
        .route("/api/deploy2/finish_push", post(push::finish))
        .route("/api/deploy2/report_push_completed", post(push::report))
        .layer(DefaultBodyLimit::max(push::LIMIT))
}

/// Returns only the route for live queries, for another origin.
pub(crate) fn sync_router(backend: Arc<Backend>) -> Router {
    live_routes().with_state(backend)
}

/// Returns only the routes for stored files, for another origin.
pub(crate) fn files_router(backend: Arc<Backend>) -> Router {
    file_routes().layer(cors()).with_state(backend)
}

fn file_routes() -> Router<Arc<Backend>> {
    Router::new()
        .route("/api/storage/upload", post(storage::upload))
        .route("/api/storage/{name}", get(storage::read))
}

fn live_routes() -> Router<Arc<Backend>> {
    Router::new()
        .route("/api/sync", get(sync))
        .route("/api/{version}/sync", get(sync_versioned))
}

/// Returns the site port: the app's own HTTP routes.
pub(crate) fn site_router(backend: Arc<Backend>) -> Router {
    http_actions(backend.clone()).layer(from_fn_with_state(backend, admit::check))
}

/// Returns the app's own HTTP routes. They set their CORS headers themselves, as on Convex.
fn http_actions(backend: Arc<Backend>) -> Router {
    let serve = |state: State<Arc<Backend>>, request: Request| site::serve(state, request);
    Router::new().fallback(serve).with_state(backend)
}

async fn sync(
    State(backend): State<Arc<Backend>>,
    headers: HeaderMap,
    address: Option<Extension<ClientAddress>>,
    Nobody(nobody): Nobody,
    upgrade: Upgrade,
) -> Response {
    let client = headers
        .get("convex-client")
        .and_then(|value| value.to_str().ok());
    upgrade.serve(
        backend,
        &ClientVersion::parse(client.unwrap_or("unknown")),
        address.map(|Extension(address)| address),
        nobody,
    )
}

async fn sync_versioned(
    State(backend): State<Arc<Backend>>,
    Path(version): Path<String>,
    address: Option<Extension<ClientAddress>>,
    Nobody(nobody): Nobody,
    upgrade: Upgrade,
) -> Response {
    let address = address.map(|Extension(address)| address);
    let version = ClientVersion::npm(&version);
    upgrade.serve(backend, &version, address, nobody)
}

/// Allows every origin that the guard admits, because access depends on the token in the request.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_headers(AllowHeaders::mirror_request())
        .allow_credentials(true)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::OPTIONS,
            Method::PATCH,
            Method::DELETE,
            Method::PUT,
        ])
        .allow_origin(AllowOrigin::mirror_request())
        .max_age(Duration::from_secs(86_400))
}
