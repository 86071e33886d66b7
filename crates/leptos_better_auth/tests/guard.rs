//! Tests of route guards on the server: who passes, who is redirected to sign in, and what a strict guard requests.

mod common;

use std::sync::Once;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use common::keys::now;
use common::{
    Claims, SessionScript, Signer, TokenScript, Upstream, config, request, send, set_cookies, text,
};
use http::{StatusCode, header};
use leptos::prelude::*;
use leptos_better_auth::RequireAuth;
use leptos_better_auth::server::ConvexBetterAuth;

const PAGE: (&str, &str) = ("accept", "text/html");
const SECRET: &str = "only for people who are signed in";

fn guarded(strict: bool) -> impl IntoView {
    view! {
        <main>
            <RequireAuth redirect_to="/sign-in" strict=strict unavailable=|| "try again later">
                {SECRET}
            </RequireAuth>
        </main>
    }
}

/// Returns an app with a guarded page, a strictly guarded one, and the auth proxy.
fn app(auth: &ConvexBetterAuth) -> Router {
    Router::new()
        .route(
            "/settings",
            get(leptos_axum::render_app_async(|| guarded(false))),
        )
        .route(
            "/strict",
            get(leptos_axum::render_app_async(|| guarded(true))),
        )
        // A streamed page, whose status must be decided before the first byte, too.
        .route(
            "/stream",
            get(leptos_axum::render_app_to_stream(|| guarded(true))),
        )
        .layer(auth.layer())
        .merge(auth.routes())
}

struct Deployment {
    upstream: Upstream,
    signer: Signer,
    app: Router,
}

impl Deployment {
    async fn start() -> Self {
        Self::with(Duration::from_secs(3)).await
    }

    async fn with(standing_ttl: Duration) -> Self {
        // Listing the routes also sets Leptos's executor. It must not run while a page renders.
        static LISTED: Once = Once::new();
        LISTED.call_once(|| drop(leptos_axum::generate_route_list(|| ())));
        let upstream = Upstream::start().await;
        let signer = Signer::rsa("key-1");
        upstream.script().keys = vec![signer.jwk()];
        let mut config = config(&upstream);
        config.standing_ttl = standing_ttl;
        let auth = ConvexBetterAuth::new(config).expect("configuration");
        Self {
            app: app(&auth),
            upstream,
            signer,
        }
    }

    fn session(&self, script: SessionScript) {
        self.upstream.script().session = script;
    }

    fn token(&self) -> String {
        self.signer.sign(&Claims::good(&self.upstream.url()))
    }

    /// Requests a page with a session cookie and a valid token.
    async fn visit(&self, path: &str) -> Response {
        self.visit_as(path, "s.sig", &self.token()).await
    }

    async fn visit_as(&self, path: &str, session: &str, token: &str) -> Response {
        let cookie = format!("better-auth.session_token={session}; better-auth.convex_jwt={token}");
        let request = request("GET", path, &[PAGE, ("cookie", &cookie)], "");
        send(&self.app, request).await
    }

    async fn visit_signed_out(&self, path: &str) -> Response {
        send(&self.app, request("GET", path, &[PAGE], "")).await
    }

    fn session_requests(&self) -> usize {
        self.upstream.seen("/api/auth/get-session").len()
    }
}

fn stands() -> SessionScript {
    SessionScript::Stands("session-1".to_owned())
}

async fn passes(response: Response) {
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    assert!(text(response).await.contains(SECRET));
}

async fn is_sent_to(response: Response, location: &str) {
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(response.headers()[header::LOCATION], location);
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    assert!(!text(response).await.contains(SECRET));
}

#[tokio::test]
async fn signed_out_visitors_are_redirected_to_sign_in_with_a_way_back() {
    let d = Deployment::start().await;
    for path in ["/settings", "/strict", "/stream"] {
        let there = format!("{path}?tab=sessions&page=2");
        let answer = d.visit_signed_out(&there).await;
        let escaped = path.replace('/', "%2F");
        let back = format!("/sign-in?callbackURL={escaped}%3Ftab%3Dsessions%26page%3D2");
        is_sent_to(answer, &back).await;
    }
    assert!(
        d.upstream.script().seen.is_empty(),
        "the deployment gets no request"
    );
}

#[tokio::test]
async fn a_client_that_accepts_any_type_is_redirected_too() {
    let d = Deployment::start().await;
    let answer = send(
        &d.app,
        request("GET", "/settings", &[("accept", "*/*")], ""),
    )
    .await;
    is_sent_to(answer, "/sign-in?callbackURL=%2Fsettings").await;
}

#[tokio::test]
async fn the_page_s_query_is_escaped_in_the_callback_url() {
    let d = Deployment::start().await;
    let answer = d.visit_signed_out("/settings?next=//evil.example").await;
    let location = answer.headers()[header::LOCATION].to_str().expect("text");
    assert_eq!(
        location,
        "/sign-in?callbackURL=%2Fsettings%3Fnext%3D%2F%2Fevil.example"
    );
}

#[tokio::test]
async fn a_valid_token_passes_without_a_request() {
    let d = Deployment::start().await;
    passes(d.visit("/settings").await).await;
    assert_eq!(d.session_requests(), 0);
}

#[tokio::test]
async fn a_forged_token_does_not_pass() {
    let d = Deployment::start().await;
    let forged = Signer::other_rsa("key-1").sign(&Claims::good(&d.upstream.url()));
    for path in ["/settings", "/strict"] {
        let answer = d.visit_as(path, "s.sig", &forged).await;
        is_sent_to(answer, &format!("/sign-in?callbackURL=%2F{}", &path[1..])).await;
    }
}

#[tokio::test]
async fn a_strict_guard_requests_the_session_and_remembers_it_for_a_moment() {
    let d = Deployment::with(Duration::from_secs(10)).await;
    d.session(stands());
    for _ in 0..3 {
        passes(d.visit("/strict").await).await;
    }
    assert_eq!(d.session_requests(), 1);
    let asked = &d.upstream.seen("/api/auth/get-session")[0];
    assert!(
        asked.target.contains("disableCookieCache=true"),
        "{}",
        asked.target
    );
    assert!(
        asked
            .header("cookie")
            .is_some_and(|cookie| cookie.contains("session_token=s.sig"))
    );

    passes(d.visit_as("/strict", "other.sig", &d.token()).await).await;
    assert_eq!(
        d.session_requests(),
        2,
        "an answer is remembered for its session only"
    );
}

#[tokio::test]
async fn a_revoked_session_does_not_pass_a_strict_guard_although_its_token_is_valid() {
    let d = Deployment::with(Duration::ZERO).await;
    d.session(stands());
    passes(d.visit("/strict").await).await;
    d.session(SessionScript::Gone);
    passes(d.visit("/settings").await).await;
    let answer = d.visit("/strict").await;
    let cleared = set_cookies(&answer).join("\n");
    assert!(
        cleared.contains("session_token=; ") && cleared.contains("convex_jwt=; "),
        "{cleared}"
    );
    is_sent_to(answer, "/sign-in?callbackURL=%2Fstrict").await;
}

#[tokio::test]
async fn a_strict_guard_forgets_a_session_when_it_signs_out_through_the_proxy() {
    let d = Deployment::with(Duration::from_secs(10)).await;
    d.session(stands());
    passes(d.visit("/strict").await).await;
    d.session(SessionScript::Gone);
    let headers = [
        ("cookie", "better-auth.session_token=s.sig"),
        ("origin", common::SITE),
    ];
    send(
        &d.app,
        request("POST", "/api/auth/sign-out", &headers, "{}"),
    )
    .await;
    is_sent_to(d.visit("/strict").await, "/sign-in?callbackURL=%2Fstrict").await;
}

#[tokio::test]
async fn a_strict_guard_replaces_the_token_of_another_session() {
    let d = Deployment::start().await;
    d.session(SessionScript::Stands("session-2".to_owned()));
    d.upstream.script().token = TokenScript::NoSession;
    is_sent_to(d.visit("/strict").await, "/sign-in?callbackURL=%2Fstrict").await;
    let own = Claims::good(&d.upstream.url())
        .with("sessionId", "session-2")
        .with("iat", now() + 1);
    d.upstream.script().token = TokenScript::Token(d.signer.sign(&own));
    passes(d.visit("/strict").await).await;
}

#[tokio::test]
async fn a_token_without_a_session_cookie_does_not_pass_a_strict_guard() {
    let d = Deployment::start().await;
    let cookie = format!("better-auth.convex_jwt={}", d.token());
    for (path, status) in [
        ("/settings", StatusCode::OK),
        ("/strict", StatusCode::FOUND),
    ] {
        let answer = send(
            &d.app,
            request("GET", path, &[PAGE, ("cookie", &cookie)], ""),
        )
        .await;
        assert_eq!(answer.status(), status, "{path}");
    }
    assert_eq!(d.session_requests(), 0);
}

#[tokio::test]
async fn an_outage_signs_nobody_out() {
    let d = Deployment::start().await;
    for status in [500, 502, 429, 404] {
        d.session(SessionScript::Status(status));
        let answer = d.visit("/strict").await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(header::RETRY_AFTER));
        assert!(set_cookies(&answer).is_empty());
        let page = text(answer).await;
        assert!(
            page.contains("try again later") && !page.contains(SECRET),
            "{page}"
        );
    }
    d.session(stands());
    passes(d.visit("/strict").await).await;
}
