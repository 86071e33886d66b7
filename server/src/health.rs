//! `/healthz`: says that this process serves. It asks nobody else, so that an upstream's bad minute
//! does not make an orchestrator restart a healthy server. It tells nothing that helps an attacker choose a
//! weakness: versions are in the log at start.

use axum::{Json, http::header, response::IntoResponse};
use serde::Serialize;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// Answers `200`.
pub(crate) async fn healthz() -> impl IntoResponse {
    (
        [(header::CACHE_CONTROL, "no-store")],
        Json(Health { status: "ok" }),
    )
}
