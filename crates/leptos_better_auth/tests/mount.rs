//! Tests of `mount`, which adds the whole server half to a router.

mod common;

use axum::routing::{get, post};
use axum::{Extension, Router};
use common::{Upstream, request, send, text};
use http::StatusCode;
use leptos_better_auth::AuthState;
use leptos_better_auth::server::RequestAuth;

async fn app(upstream: &Upstream) -> Router {
    let page = |Extension(visitor): Extension<RequestAuth>| async move {
        assert_eq!(visitor.state().await, AuthState::SignedOut);
        "a page"
    };
    let pages = Router::new()
        .route("/page", get(page))
        .route("/action", post(|| async { "done" }))
        .fallback(|| async { (StatusCode::NOT_FOUND, "no such page") });
    common::auth(upstream).mount(pages)
}

#[tokio::test]
async fn pages_get_the_visitor_and_the_proxy_is_mounted() {
    let upstream = Upstream::start().await;
    let app = app(&upstream).await;
    let page = send(&app, request("GET", "/page", &[], "")).await;
    assert_eq!(text(page).await, "a page");
    let proxied = send(&app, request("GET", "/api/auth/ok", &[], "")).await;
    assert_eq!(proxied.status(), StatusCode::OK);
    assert_eq!(upstream.seen("/api/auth/ok").len(), 1);
}

#[tokio::test]
async fn the_pages_own_fallback_stays() {
    let upstream = Upstream::start().await;
    let answer = send(&app(&upstream).await, request("GET", "/nowhere", &[], "")).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(text(answer).await, "no such page");
}

#[tokio::test]
async fn another_site_can_post_to_neither_pages_nor_proxy() {
    let upstream = Upstream::start().await;
    let app = app(&upstream).await;
    for path in ["/action", "/nowhere", "/api/auth/sign-out"] {
        let foreign = [("origin", "https://evil.example")];
        let refused = send(&app, request("POST", path, &foreign, "")).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let own = [("origin", common::SITE)];
    let done = send(&app, request("POST", "/action", &own, "")).await;
    assert_eq!(text(done).await, "done");
    assert!(upstream.seen("/api/auth/").is_empty());
}
