//! Tests of the helpers that pages call in a Leptos context.

#[path = "helpers/app.rs"]
mod app;
mod common;

use app::{Deployment, PAGE, ok, refused, thrown};
use common::keys::now;
use common::{Claims, Signer, TokenScript, request, send, set_cookies, text};
use leptos_better_auth::AuthState;
use leptos_better_auth::server::AuthConfig;
use serde_json::json;

#[tokio::test]
async fn a_refused_cached_token_is_replaced_once_for_queries_mutations_and_actions() {
    let d = Deployment::start().await;
    for (method, path, value) in [
        ("GET", "/query", json!("Alice")),
        ("POST", "/mutation", json!(1.0)),
        ("POST", "/action", json!(1.0)),
    ] {
        d.answers(vec![refused(), ok(value)]);
        let shown = d.visit(method, path).await;
        assert!(!shown.contains("error"), "{path}: {shown}");
        assert_eq!(
            d.tokens_used(),
            [Some(d.cached.clone()), Some(d.fresh.clone())],
            "{path}"
        );
        assert_eq!(d.token_requests(), 1);
    }
}

#[tokio::test]
async fn other_errors_do_not_cause_a_retry() {
    let d = Deployment::start().await;
    let failures = [
        thrown(),
        (
            200,
            json!({ "status": "error", "errorMessage": "Unauthenticated", "errorData": "Unauthenticated" }),
        ),
        (500, json!({})),
        (503, json!({})),
        (400, json!({ "code": "BadJson", "message": "bad" })),
    ];
    for failure in failures {
        for (method, path) in [
            ("GET", "/query"),
            ("POST", "/mutation"),
            ("POST", "/action"),
        ] {
            d.answers(vec![failure.clone(), ok("second time")]);
            let shown = d.visit(method, path).await;
            assert!(shown.starts_with("error"), "{path} {failure:?}: {shown}");
            assert_eq!(d.tokens_used().len(), 1, "{path} {failure:?}");
            assert_eq!(d.token_requests(), 0);
        }
    }
}

#[tokio::test]
async fn an_app_s_own_auth_error_causes_a_retry_of_queries_and_mutations_but_not_of_actions() {
    let named = |config: &mut AuthConfig| {
        config.jwt_cache.is_auth_error = |error| {
            let thrown = error.as_convex_error();
            thrown.is_some_and(|error| error.text() == "Unauthenticated")
        };
    };
    let d = Deployment::with(named).await;
    let refusal = (
        200,
        json!({ "status": "error", "errorMessage": "Unauthenticated", "errorData": "Unauthenticated" }),
    );
    for (method, path, value, calls) in [
        ("GET", "/query", json!("Alice"), 2),
        ("POST", "/mutation", json!(1.0), 2),
        // An action may have had effects before it threw.
        ("POST", "/action", json!(1.0), 1),
    ] {
        d.answers(vec![refusal.clone(), ok(value)]);
        let shown = d.visit(method, path).await;
        assert_eq!(shown.contains("error"), calls == 1, "{path}: {shown}");
        assert_eq!(d.tokens_used().len(), calls, "{path}");
    }
    d.answers(vec![thrown(), ok("second time")]);
    assert!(d.visit("GET", "/query").await.starts_with("error"));
    assert_eq!(d.tokens_used().len(), 1);
}

#[tokio::test]
async fn an_expired_token_is_used_within_the_tolerance() {
    for (tolerance, ago, requests) in [(60, 30, 0), (60, 90, 1), (0, 30, 1)] {
        let tolerant = |config: &mut AuthConfig| {
            config.jwt_cache.tolerance = std::time::Duration::from_secs(tolerance);
            config.jwt_cache.min_remaining = std::time::Duration::ZERO;
        };
        let mut d = Deployment::with(tolerant).await;
        let past = Claims::good(&d.upstream.url()).with("exp", now() - ago);
        d.cached = Signer::rsa("key-1").sign(&past);
        d.answers(vec![ok("Alice")]);
        d.visit("GET", "/query").await;
        assert_eq!(d.token_requests(), requests, "{tolerance} {ago}");
    }
}

#[tokio::test]
async fn a_refused_fresh_token_is_not_replaced_again() {
    let mut d = Deployment::start().await;
    d.cached = "expired-or-garbled".to_owned();
    d.answers(vec![refused(), ok("never")]);
    assert!(
        d.visit("GET", "/query")
            .await
            .starts_with("error: not authenticated")
    );
    assert_eq!(d.tokens_used(), [Some(d.fresh.clone())]);
    assert_eq!(d.token_requests(), 1);
}

#[tokio::test]
async fn after_a_failed_refresh_the_error_remains_and_without_a_session_the_call_is_anonymous() {
    let d = Deployment::start().await;
    d.upstream.script().token = TokenScript::Status(503);
    d.answers(vec![refused(), ok("never")]);
    assert!(
        d.visit("GET", "/query")
            .await
            .starts_with("error: not authenticated")
    );
    d.upstream.script().token = TokenScript::NoSession;
    d.answers(vec![refused(), ok(serde_json::Value::Null)]);
    assert_eq!(d.visit("GET", "/query").await, "None");
    // The page is then rendered once more, signed out.
    assert_eq!(d.tokens_used(), [Some(d.cached.clone()), None, None]);
}

#[tokio::test]
async fn the_helpers_of_a_page_share_the_token_and_its_refresh() {
    let mut d = Deployment::start().await;
    d.answers(vec![refused(), refused(), ok("Alice")]);
    assert_eq!(
        d.visit("GET", "/many").await,
        "Ok(Some(\"Alice\")) Ok(Some(\"Alice\")) true true"
    );
    assert_eq!(
        d.token_requests(),
        1,
        "one fresh token replaces both refused ones"
    );

    d.cached = "garbled".to_owned();
    d.answers(vec![ok("Alice")]);
    d.visit("GET", "/many").await;
    assert_eq!(d.token_requests(), 1);
}

#[tokio::test]
async fn a_preload_sends_nothing_for_signed_out_visitors_and_an_outage_is_no_error() {
    let d = Deployment::start().await;
    d.answers(vec![ok("Alice")]);
    assert_eq!(
        text(send(&d.app, request("GET", "/preload", &[PAGE], "")).await).await,
        "None"
    );
    assert_eq!(d.tokens_used().len(), 0);

    assert_eq!(d.visit("GET", "/preload").await, "Some(Some(\"Alice\"))");
    d.answers(vec![(503, json!({}))]);
    assert_eq!(d.visit("GET", "/preload").await, "None");
    d.answers(vec![thrown()]);
    assert_eq!(
        d.visit("GET", "/preload").await,
        "error: Uncaught Error: boom"
    );
}

#[tokio::test]
async fn if_the_token_request_fails_a_call_fails_and_the_bootstrap_is_unknown() {
    let d = Deployment::start().await;
    d.answers(vec![ok("never")]);
    d.upstream.script().token = TokenScript::Status(502);
    let cookie = ("cookie", "better-auth.session_token=s");
    let shown = text(send(&d.app, request("GET", "/query", &[PAGE, cookie], "")).await).await;
    assert!(shown.contains("could not be found out"), "{shown}");
    assert_eq!(d.tokens_used().len(), 0);
    let shown = text(send(&d.app, request("GET", "/bootstrap", &[PAGE, cookie], "")).await).await;
    assert_eq!(shown, format!("{:?} None None", AuthState::Unknown));
}

#[tokio::test]
async fn the_bootstrap_has_the_visitor_s_session_and_token() {
    let d = Deployment::start().await;
    assert_eq!(
        d.visit("GET", "/bootstrap").await,
        format!("SignedIn Some(\"Alice\") {:?}", Some(&d.cached))
    );
    let visitor = send(&d.app, request("GET", "/bootstrap", &[PAGE], "")).await;
    assert_eq!(set_cookies(&visitor), [""; 0]);
    assert_eq!(text(visitor).await, "SignedOut None None");
}

#[tokio::test]
async fn a_page_whose_session_has_ended_is_rendered_signed_out() {
    let d = Deployment::start().await;
    d.upstream.script().token = TokenScript::NoSession;
    d.answers(vec![ok(serde_json::Value::Null)]);
    let cookie = format!(
        "better-auth.session_token=s; better-auth.convex_jwt={}",
        d.cached
    );
    let headers = [PAGE, ("cookie", cookie.as_str())];
    let response = send(&d.app, request("GET", "/doubting", &headers, "")).await;
    let cleared = set_cookies(&response).join("\n");
    assert!(
        cleared.contains("session_token=; ") && cleared.contains("convex_jwt=; "),
        "{cleared}"
    );
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    assert_eq!(text(response).await, "SignedOut None false");
    assert_eq!(d.token_requests(), 1, "the session is requested once");
}

#[tokio::test]
async fn a_page_that_uses_up_a_link_is_not_rendered_again() {
    let d = Deployment::start().await;
    d.upstream.script().token = TokenScript::NoSession;
    let cookie = format!(
        "better-auth.session_token=s; better-auth.convex_jwt={}",
        d.cached
    );
    let headers = [PAGE, ("cookie", cookie.as_str())];
    let response = send(&d.app, request("GET", "/link", &headers, "")).await;
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "/dashboard");
    let set = set_cookies(&response).join("\n");
    assert!(
        set.contains("session_token=new.sig") && !set.contains("session_token=; "),
        "{set}"
    );
}

#[tokio::test]
async fn a_page_with_the_previous_person_s_token_is_rendered_for_the_current_person() {
    let d = Deployment::start().await;
    let now = Claims::good(&d.upstream.url())
        .with("sub", "user-bob")
        .with("sessionId", "session-2")
        .with("name", "Bob");
    d.upstream.script().token = TokenScript::Token(Signer::rsa("key-1").sign(&now));
    d.answers(vec![ok(serde_json::Value::Null)]);
    assert_eq!(
        d.visit("GET", "/doubting").await,
        "SignedIn Some(\"Bob\") true"
    );
    // A fresh token of the same session changes nothing, and neither does an outage.
    for script in [
        TokenScript::Token(d.fresh.clone()),
        TokenScript::Status(503),
    ] {
        d.upstream.script().token = script;
        assert_eq!(
            d.visit("GET", "/doubting").await,
            "SignedIn Some(\"Alice\") true"
        );
    }
}
