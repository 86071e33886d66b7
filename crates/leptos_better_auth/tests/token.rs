//! Tests of a request's person: cookies are verified, tokens fetched, and answers kept private.

#[path = "token/app.rs"]
mod app;
mod common;
#[path = "token/keys.rs"]
mod keys;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use app::{PAGE, app, counts, deployment, session_and};
use axum::routing::get;
use axum::{Extension, Router};
use common::keys::now;
use common::upstream::EXTENDED;
use common::{
    Claims, SessionScript, TokenScript, Upstream, config, request, send, set_cookies, text,
};
use http::header;
use leptos_better_auth::AuthState;
use leptos_better_auth::server::{ConvexBetterAuth, RequestAuth};

#[tokio::test]
async fn a_page_for_a_visitor_without_auth_cookies_sends_no_request_and_may_be_cached() {
    let (upstream, _, app) = deployment().await;
    let response = send(
        &app,
        request("GET", "/", &[PAGE, ("cookie", "theme=dark")], ""),
    )
    .await;
    assert!(!response.headers().contains_key(header::CACHE_CONTROL));
    assert_eq!(response.headers()["vary"], "cookie");
    assert_eq!(text(response).await, "SignedOut ");
    assert_eq!(counts(&upstream), (0, 0));
}

#[tokio::test]
async fn a_valid_token_cookie_needs_the_keys_once_and_no_token_request() {
    let (upstream, signer, app) = deployment().await;
    let cookie = session_and(&signer.sign(&Claims::good(&upstream.url())));
    for _ in 0..3 {
        let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &cookie)], "")).await;
        assert_eq!(response.headers()["cache-control"], "private, no-store");
        assert_eq!(set_cookies(&response), [""; 0]);
        assert_eq!(text(response).await, "SignedIn Alice");
    }
    assert_eq!(counts(&upstream), (1, 0));
    // Better Auth warns about requests without this header.
    let asked = &upstream.seen("/api/auth/convex/jwks")[0];
    assert_eq!(asked.header("x-forwarded-for"), Some("127.0.0.1"));
}

#[tokio::test]
async fn an_ended_session_is_signed_out_and_both_cookies_are_deleted() {
    let (upstream, _, app) = deployment().await;
    let cookie = session_and("garbled");
    let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &cookie)], "")).await;
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    let cleared = set_cookies(&response);
    assert!(
        cleared
            .iter()
            .any(|cookie| cookie.starts_with("better-auth.session_token=;")),
        "{cleared:?}"
    );
    assert!(
        cleared
            .iter()
            .any(|cookie| cookie.starts_with("better-auth.convex_jwt=;")),
        "{cleared:?}"
    );
    assert_eq!(text(response).await, "SignedOut ");
    assert_eq!(counts(&upstream).1, 1);
}

#[tokio::test]
async fn an_expired_token_is_replaced_once_for_all_helpers_and_its_cookie_is_set() {
    let (upstream, signer, app) = deployment().await;
    let good = Claims::good(&upstream.url());
    let fresh = signer.sign(&good.clone().with("name", "Fresh"));
    upstream.script().token = TokenScript::Token(fresh.clone());
    let cookie = session_and(&signer.sign(&good.with("exp", now() - 1))) + "; theme=dark";
    let response = send(
        &app,
        request(
            "GET",
            "/",
            &[PAGE, ("cookie", &cookie), ("x-forwarded-host", "evil")],
            "",
        ),
    )
    .await;
    assert_eq!(
        set_cookies(&response),
        [format!(
            "better-auth.convex_jwt={fresh}; Max-Age=900; Path=/; HttpOnly; SameSite=Lax"
        )]
    );
    assert_eq!(text(response).await, "SignedIn Fresh");
    assert_eq!(counts(&upstream).1, 1);

    let seen = upstream.seen("/api/auth/get-session").remove(0);
    assert!(
        seen.header("cookie")
            .expect("cookie")
            .starts_with("better-auth.session_token=s.sig")
    );
    assert!(!seen.header("cookie").expect("cookie").contains("theme"));
    assert_eq!(seen.header("x-forwarded-host"), None);
    assert_eq!(
        seen.header("x-better-auth-forwarded-host"),
        Some("localhost:3000")
    );
    assert_eq!(seen.header("x-forwarded-for"), Some("203.0.113.9"));
}

#[tokio::test]
async fn the_first_page_of_a_day_extends_the_session_s_cookie_with_the_session() {
    let (upstream, signer, app) = deployment().await;
    let good = Claims::good(&upstream.url());
    upstream.script().token = TokenScript::Token(signer.sign(&good));
    upstream.script().session = SessionScript::NewDay;
    let expired = session_and(&signer.sign(&good.with("exp", now() - 1)));
    for cookie in ["better-auth.session_token=s.sig", &expired] {
        let response = send(&app, request("GET", "/", &[PAGE, ("cookie", cookie)], "")).await;
        let cookies = set_cookies(&response);
        assert!(cookies.iter().any(|set| set == EXTENDED), "{cookies:?}");
        assert_eq!(text(response).await, "SignedIn Alice");
    }
    assert!(
        upstream.seen("/api/auth/convex/token").is_empty(),
        "that route extends the session without its cookie"
    );
}

#[tokio::test]
async fn a_session_that_comes_without_a_token_causes_a_token_request() {
    let (upstream, signer, app) = deployment().await;
    let token = signer.sign(&Claims::good(&upstream.url()));
    upstream.script().token = TokenScript::Token(token.clone());
    upstream.script().session = SessionScript::Stands("session-1".to_owned());
    let cookie = ("cookie", "better-auth.session_token=s.sig");
    let response = send(&app, request("GET", "/", &[PAGE, cookie], "")).await;
    assert!(set_cookies(&response)[0].contains(&token));
    assert_eq!(text(response).await, "SignedIn Alice");
    let asked = upstream.seen("/api/auth/convex/token").remove(0);
    assert_eq!(asked.target, "/api/auth/convex/token?disableRefresh=true");
}

#[tokio::test]
async fn a_cookie_that_is_not_ascii_signs_nobody_out() {
    let (upstream, signer, app) = deployment().await;
    let cookie = session_and(&signer.sign(&Claims::good(&upstream.url())));
    for odd in ["x=caf\u{e9}", "\u{1f36a}=1"] {
        for cookie in [format!("{odd}; {cookie}"), format!("{cookie}; {odd}")] {
            let mut request = request("GET", "/", &[PAGE], "");
            let value = header::HeaderValue::from_bytes(cookie.as_bytes()).expect("bytes");
            request.headers_mut().insert(header::COOKIE, value);
            assert_eq!(text(send(&app, request).await).await, "SignedIn Alice");
        }
    }
}

#[tokio::test]
async fn a_token_about_to_expire_is_replaced_but_still_used_during_an_outage() {
    let (upstream, signer, app) = deployment().await;
    let good = Claims::good(&upstream.url());
    let cookie = session_and(&signer.sign(&good.clone().with("exp", now() + 5)));
    upstream.script().token = TokenScript::Status(503);
    let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &cookie)], "")).await;
    assert_eq!(text(response).await, "SignedIn Alice");
    upstream.script().token = TokenScript::Token(signer.sign(&good.with("name", "Fresh")));
    let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &cookie)], "")).await;
    assert_eq!(text(response).await, "SignedIn Fresh");
}

#[tokio::test]
async fn an_outage_does_not_sign_out() {
    let (upstream, _, app) = deployment().await;
    let cookie = "better-auth.session_token=s.sig";
    let scripts = [500, 502, 503, 408, 429, 404, 403].map(TokenScript::Status);
    for script in scripts.into_iter().chain([TokenScript::Garbage]) {
        upstream.script().token = script;
        let response = send(&app, request("GET", "/", &[PAGE, ("cookie", cookie)], "")).await;
        assert_eq!(
            set_cookies(&response),
            [""; 0],
            "the session cookie is kept"
        );
        assert_eq!(response.headers()["cache-control"], "private, no-store");
        assert_eq!(text(response).await, "Unknown ");
    }
}

#[tokio::test]
async fn a_page_waits_for_a_silent_deployment_no_longer_than_the_timeout() {
    let upstream = Upstream::start().await;
    upstream.script().token = TokenScript::Hangs;
    let mut config = config(&upstream);
    config.timeouts.token = Duration::from_millis(150);
    let app = app(&ConvexBetterAuth::new(config).expect("configuration"));
    let begun = Instant::now();
    let cookie = ("cookie", "better-auth.session_token=s.sig");
    assert_eq!(
        text(send(&app, request("GET", "/", &[PAGE, cookie], "")).await).await,
        "Unknown "
    );
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_asset_keeps_its_caching_and_sends_no_request() {
    let (upstream, _, app) = deployment().await;
    let headers = [
        ("cookie", "better-auth.session_token=s.sig"),
        ("sec-fetch-dest", "style"),
        ("accept", "text/css,*/*"),
    ];
    let response = send(&app, request("GET", "/pkg/a.css", &headers, "")).await;
    assert_eq!(
        response.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(counts(&upstream), (0, 0));
}

#[tokio::test]
async fn a_cookie_set_by_the_page_is_not_deleted_by_the_layer() {
    async fn signs_in() -> ([(&'static str, &'static str); 1], &'static str) {
        (
            [("set-cookie", "better-auth.session_token=new; Path=/")],
            "ok",
        )
    }
    let (upstream, _, _) = deployment().await;
    let app = Router::new()
        .route("/", get(signs_in))
        .layer(common::auth(&upstream).layer());
    let cookie = ("cookie", "better-auth.session_token=dead");
    let response = send(&app, request("GET", "/", &[PAGE, cookie], "")).await;
    assert_eq!(
        set_cookies(&response),
        ["better-auth.session_token=new; Path=/"]
    );
}

#[tokio::test]
async fn one_person_s_page_never_reaches_another() {
    let (upstream, signer, app) = deployment().await;
    let url = upstream.url();
    let mixed = Arc::new(AtomicUsize::new(0));
    let visits = (0..60).map(|i| {
        let (app, mixed) = (app.clone(), Arc::clone(&mixed));
        let cookie =
            session_and(&signer.sign(&Claims::good(&url).with("name", format!("user-{i}"))));
        async move {
            let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &cookie)], "")).await;
            if text(response).await != format!("SignedIn user-{i}") {
                mixed.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    futures::future::join_all(visits).await;
    assert_eq!(mixed.load(Ordering::Relaxed), 0);
    assert_eq!(
        counts(&upstream),
        (1, 0),
        "the first sixty requests share one fetch of the keys"
    );
}

#[tokio::test]
async fn debug_output_contains_no_secrets() {
    let (upstream, signer, _) = deployment().await;
    let jwt = signer.sign(&Claims::good(&upstream.url()));
    let auth = common::auth(&upstream);
    let printed = Arc::new(std::sync::Mutex::new(String::new()));
    let sink = Arc::clone(&printed);
    let handler = move |Extension(request): Extension<RequestAuth>| async move {
        assert_eq!(request.state().await, AuthState::SignedIn);
        *sink.lock().expect("sink") = format!("{request:?}");
    };
    let app = Router::new().route("/", get(handler)).layer(auth.layer());
    send(
        &app,
        request("GET", "/", &[PAGE, ("cookie", &session_and(&jwt))], ""),
    )
    .await;
    let printed = printed.lock().expect("printed").clone();
    assert!(
        printed.contains("user-alice") && !printed.contains(&jwt) && !printed.contains("s.sig"),
        "{printed}"
    );
}
