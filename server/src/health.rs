//! `/healthz`, which shows that this process serves. It does not ask the backend, so that an outage of the backend does
//! not make an orchestrator restart a healthy server. It shows no versions, which would help an attacker.

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
