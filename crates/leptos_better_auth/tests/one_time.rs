//! Tests of `?ott=`, which brings a session from another domain.

mod common;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use common::{Claims, Signer, Upstream, config, request, send, set_cookies, text};
use http::{StatusCode, header};
use leptos_better_auth::server::{ConvexBetterAuth, OneTimeTokens};

const PAGE: (&str, &str) = ("accept", "text/html");

async fn deployment(one_time_tokens: OneTimeTokens) -> (Upstream, Router) {
    let upstream = Upstream::start().await;
    let mut config = config(&upstream);
    config.one_time_tokens = one_time_tokens;
    let auth = ConvexBetterAuth::new(config).expect("configuration");
    let app = Router::new()
        .fallback(get(|| async { "the page" }))
        .layer(auth.layer());
    (upstream, app)
}

fn location(response: &Response) -> &str {
    response.headers()[header::LOCATION].to_str().expect("text")
}

fn asked(upstream: &Upstream) -> usize {
    upstream.seen("/api/auth/cross-domain/").len()
}

#[tokio::test]
async fn a_good_token_becomes_a_session_and_is_removed_from_the_address() {
    let (upstream, app) = deployment(OneTimeTokens::Exchange).await;
    let there = "/dashboard?tab=a&ott=good&x=1";
    let response = send(&app, request("GET", there, &[PAGE], "")).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&response), "/dashboard?tab=a&x=1");
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    let cookies = set_cookies(&response);
    assert!(cookies[0].starts_with("better-auth.session_token=new.sig"));
    let old = cookies.iter().filter(|set| set.contains("convex_jwt=; "));
    assert_eq!(old.count(), 4, "every old token is deleted: {cookies:?}");
    let seen = &upstream.seen("/api/auth/cross-domain/")[0];
    assert_eq!(seen.header("origin"), Some(common::SITE));
    assert_eq!(seen.header("x-forwarded-for"), Some("203.0.113.9"));
}

#[tokio::test]
async fn a_bad_token_signs_nobody_in() {
    let (_, app) = deployment(OneTimeTokens::Exchange).await;
    let response = send(&app, request("GET", "/dashboard?ott=used", &[PAGE], "")).await;
    assert_eq!(location(&response), "/dashboard");
    assert!(set_cookies(&response).is_empty());
}

#[tokio::test]
async fn a_link_does_not_replace_a_signed_in_person() {
    let (upstream, app) = deployment(OneTimeTokens::Exchange).await;
    let signer = Signer::rsa("key-1");
    upstream.script().keys = vec![signer.jwk()];
    let token = signer.sign(&Claims::good(&upstream.url()));
    let cookie = format!("better-auth.session_token=s; better-auth.convex_jwt={token}");
    let headers = [PAGE, ("cookie", cookie.as_str())];
    let response = send(&app, request("GET", "/dashboard?ott=good", &headers, "")).await;
    assert_eq!(location(&response), "/dashboard");
    assert!(set_cookies(&response).is_empty());
    assert_eq!(asked(&upstream), 0);
}

#[tokio::test]
async fn the_redirect_stays_on_this_site() {
    let (_, app) = deployment(OneTimeTokens::Exchange).await;
    let response = send(
        &app,
        request("GET", "//evil.example/?ott=good", &[PAGE], ""),
    )
    .await;
    assert_eq!(location(&response), "/");
}

#[tokio::test]
async fn without_the_plugin_the_parameter_reaches_the_page() {
    let (upstream, app) = deployment(OneTimeTokens::Ignore).await;
    let response = send(&app, request("GET", "/dashboard?ott=good", &[PAGE], "")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response).await, "the page");
    assert_eq!(asked(&upstream), 0);
}

#[tokio::test]
async fn a_dropped_token_is_removed_from_the_address_unused() {
    let (upstream, app) = deployment(OneTimeTokens::Drop).await;
    for (address, rest) in [
        ("/dashboard?tab=a&ott=good", "/dashboard?tab=a"),
        ("/dashboard?ott", "/dashboard"),
        ("//evil.example/?ott=good", "/"),
    ] {
        let response = send(&app, request("GET", address, &[PAGE], "")).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{address}");
        assert_eq!(location(&response), rest);
        assert!(set_cookies(&response).is_empty(), "{address}");
    }
    let posted = request("POST", "/dashboard?ott=good", &[PAGE], "");
    assert_eq!(
        send(&app, posted).await.status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert_eq!(asked(&upstream), 0);
}
