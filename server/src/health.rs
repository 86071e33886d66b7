//! `/healthz`: says that this process serves. It asks nobody else, so that an upstream's bad minute
//! does not make an orchestrator restart a healthy server.

use axum::{Json, extract::State, http::header, response::IntoResponse};
use serde::Serialize;

use crate::router::AppState;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    /// `embedded` or `deployment`.
    backend: &'static str,
    version: &'static str,
}

/// Answers `200` with the backend in use and the version.
pub(crate) async fn healthz(State(state): State<AppState>) -> impl IntoResponse {
    let health = Health {
        status: "ok",
        backend: state.backend_kind,
        version: env!("CARGO_PKG_VERSION"),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(health))
}
