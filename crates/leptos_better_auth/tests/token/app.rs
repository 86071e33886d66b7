//! An app whose page shows the person it was rendered for.

use axum::routing::get;
use axum::{Extension, Router};
use leptos_better_auth::server::{ConvexBetterAuth, RequestAuth};

use super::common::{self, Signer, Upstream};

pub(crate) const PAGE: (&str, &str) = ("accept", "text/html");

/// Returns an app whose page runs several helpers at once, and shows the person it was rendered for.
pub(crate) fn app(auth: &ConvexBetterAuth) -> Router {
    async fn page(
        Extension(request): Extension<RequestAuth>,
    ) -> ([(&'static str, &'static str); 1], String) {
        let (state, session, _token) =
            futures::join!(request.state(), request.session(), request.token());
        let name = session.map(|session| session.user.name).unwrap_or_default();
        (
            [("content-type", "text/html; charset=utf-8")],
            format!("{state:?} {name}"),
        )
    }
    async fn asset() -> ([(&'static str, &'static str); 2], &'static str) {
        (
            [
                ("content-type", "text/css"),
                ("cache-control", "public, max-age=31536000, immutable"),
            ],
            "a{}",
        )
    }
    Router::new()
        .route("/", get(page))
        .route("/pkg/a.css", get(asset))
        .layer(auth.layer())
        .merge(auth.routes())
}

pub(crate) async fn deployment() -> (Upstream, Signer, Router) {
    let upstream = Upstream::start().await;
    let signer = Signer::rsa("key-1");
    upstream.script().keys = vec![signer.jwk()];
    let app = app(&common::auth(&upstream));
    (upstream, signer, app)
}

pub(crate) fn session_and(jwt: &str) -> String {
    format!("better-auth.session_token=s.sig; better-auth.convex_jwt={jwt}")
}

pub(crate) fn counts(upstream: &Upstream) -> (usize, usize) {
    (
        upstream.seen("/api/auth/convex/jwks").len(),
        upstream.asked_who(),
    )
}
