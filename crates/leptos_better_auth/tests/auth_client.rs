//! Tests of Better Auth's client in a server function: it calls as the visitor, and passes cookies on.

mod common;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::post;
use common::{SessionScript, TokenScript, Upstream, request, run, send, set_cookies, text};
use leptos::prelude::expect_context;
use leptos_axum::ResponseOptions;
use leptos_better_auth::server::auth_client;
use leptos_better_auth::{
    AuthClient, AuthError, AuthErrorCode, ChangePassword, EmailOtp, SessionData, TwoFactorCode,
};
use serde_json::{Value, json};

const ORIGIN: (&str, &str) = ("origin", common::SITE);
const SESSION: &str = "better-auth.session_token=new.sig; Path=/; HttpOnly";

/// Returns an app whose server function calls Better Auth.
fn function<T, F>(
    upstream: &Upstream,
    work: impl Fn(AuthClient) -> F + Clone + Send + Sync + 'static,
) -> Router
where
    T: serde::Serialize + Send + 'static,
    F: Future<Output = Result<T, AuthError>> + Send + 'static,
{
    let handler = move |request: Request| {
        let work = work.clone();
        run(request, move || work(auth_client()))
    };
    Router::new()
        .route("/function", post(handler))
        .layer(common::auth(upstream).layer())
}

async fn call(app: &Router, headers: &[(&str, &str)]) -> Response {
    send(app, request("POST", "/function", headers, "")).await
}

async fn error_of(response: Response) -> AuthError {
    serde_json::from_str(&text(response).await).expect("an error")
}

fn script(upstream: &Upstream, path: &str, status: u16, set: Vec<&'static str>, body: Value) {
    let mut script = upstream.script();
    script.answers.insert(path.to_owned(), (set, body));
    script.statuses.insert(path.to_owned(), status);
}

fn code() -> EmailOtp {
    EmailOtp {
        email: "alice@example.com".to_owned(),
        otp: "123456".to_owned(),
    }
}

#[tokio::test]
async fn a_call_sets_cookies_on_the_response_before_it_returns() {
    let upstream = Upstream::start().await;
    let user = json!({ "token": "t", "user": { "id": "user-alice", "name": "Alice" } });
    script(&upstream, "/sign-in/email-otp", 200, vec![SESSION], user);
    let app = function(&upstream, |auth| {
        let response = expect_context::<ResponseOptions>();
        async move {
            let user = auth.sign_in().email_otp(code()).await?;
            let headers = response.0.read().expect("headers").headers.clone();
            let set = headers.get_all("set-cookie").iter();
            let set = set.map(|it| it.to_str().expect("text").to_owned());
            Ok((user.name, set.collect::<Vec<_>>()))
        }
    });
    let headers = [
        ORIGIN,
        ("cookie", "better-auth.convex_jwt=o.l.d; theme=dark"),
    ];
    let response = call(&app, &headers).await;
    let sent = set_cookies(&response);
    let (name, seen): (String, Vec<String>) =
        serde_json::from_str(&text(response).await).expect("an answer");
    assert_eq!(name, "Alice");
    assert_eq!(seen, sent);
    assert_eq!(sent[0], SESSION);
    // The old token is deleted with the old session, under every name it may have.
    let gone = |cookie: &String| cookie.contains("convex_jwt=; ") && cookie.contains("Max-Age=0");
    assert_eq!(
        sent[1..].iter().filter(|it| gone(it)).count(),
        4,
        "{sent:?}"
    );
}

#[tokio::test]
async fn an_answer_that_cannot_be_decoded_still_sets_its_cookies() {
    let upstream = Upstream::start().await;
    script(
        &upstream,
        "/sign-in/email-otp",
        200,
        vec![SESSION],
        json!([]),
    );
    let app = function(&upstream, |auth| async move {
        auth.sign_in().email_otp(code()).await.map(drop)
    });
    let response = call(&app, &[ORIGIN]).await;
    assert_eq!(set_cookies(&response)[0], SESSION);
    assert_eq!(
        error_of(response).await.code,
        AuthErrorCode::UnexpectedAnswer
    );
}

#[tokio::test]
async fn a_refusal_has_better_auth_s_code_message_and_cookies() {
    let upstream = Upstream::start().await;
    let over = "better-auth.two_factor=; Max-Age=0; Path=/; HttpOnly";
    let body = json!({ "code": "INVALID_CODE", "message": "Invalid code" });
    script(&upstream, "/two-factor/verify-totp", 401, vec![over], body);
    let app = function(&upstream, |auth| async move {
        let code = TwoFactorCode::new("123 456");
        auth.two_factor().verify_totp(code).await.map(drop)
    });
    let response = call(&app, &[ORIGIN, ("cookie", "better-auth.two_factor=x.sig")]).await;
    assert_eq!(set_cookies(&response), [over]);
    let error = error_of(response).await;
    assert_eq!(
        error,
        AuthError::new(AuthErrorCode::InvalidCode, "Invalid code", 401)
    );
    let asked = upstream.seen("/api/auth/two-factor/verify-totp").remove(0);
    assert_eq!(
        asked.json(),
        json!({ "code": "123456", "trustDevice": false })
    );
    assert_eq!(asked.header("cookie"), Some("better-auth.two_factor=x.sig"));
}

#[tokio::test]
async fn too_many_tries_are_a_transient_error() {
    let upstream = Upstream::start().await;
    script(
        &upstream,
        "/verify-password",
        429,
        vec![],
        json!({ "message": "Too many" }),
    );
    let app = function(
        &upstream,
        |auth| async move { auth.verify_password("p").await },
    );
    let error = error_of(call(&app, &[ORIGIN]).await).await;
    assert_eq!(error.code, AuthErrorCode::TooManyRequests);
    assert!(error.is_transient());
}

#[tokio::test]
async fn better_auth_is_called_as_the_visitor() {
    let upstream = Upstream::start().await;
    upstream.script().session = SessionScript::Gone;
    let user = json!({ "user": { "id": "user-alice", "name": "Alice" } });
    script(&upstream, "/change-password", 200, vec![], user);
    let app = function(&upstream, |auth| async move {
        auth.change_password(ChangePassword::default())
            .await
            .map(drop)
    });
    let headers = [
        ORIGIN,
        ("user-agent", "Browser/1"),
        ("cookie", "better-auth.session_token=s.sig; theme=dark"),
        ("x-forwarded-for", "1.1.1.1"),
    ];
    let response = call(&app, &headers).await;
    assert_eq!(text(response).await, "null");
    let seen = upstream.seen("/api/auth/change-password").remove(0);
    assert_eq!(seen.target, "/api/auth/change-password?disableRefresh=true");
    assert_eq!(seen.header("origin"), Some(common::SITE));
    assert_eq!(
        seen.header("cookie"),
        Some("better-auth.session_token=s.sig")
    );
    assert_eq!(seen.header("user-agent"), Some("Browser/1"));
    assert_eq!(seen.header("x-forwarded-for"), Some("203.0.113.9"));
    assert_eq!(seen.header("x-forwarded-host"), None);
    assert_eq!(
        seen.header("x-better-auth-forwarded-host"),
        Some("localhost:3000")
    );
}

#[tokio::test]
async fn get_session_may_extend_the_session() {
    let upstream = Upstream::start().await;
    upstream.script().session = SessionScript::Stands("session-1".to_owned());
    let app = function(&upstream, |auth| async move { auth.get_session().await });
    let headers = [ORIGIN, ("cookie", "better-auth.session_token=s.sig")];
    let found: Option<SessionData> =
        serde_json::from_str(&text(call(&app, &headers).await).await).expect("an answer");
    assert_eq!(found.expect("a session").session.id, "session-1");
    assert_eq!(
        upstream.seen("/api/auth/get-session")[0].target,
        "/api/auth/get-session"
    );
}

#[tokio::test]
async fn a_redeemed_one_time_token_fetches_its_own_session() {
    let upstream = Upstream::start().await;
    upstream.script().session = SessionScript::Stands("session-1".to_owned());
    let app = function(&upstream, |auth| async move {
        auth.one_time_token().verify("good").await
    });
    let response = call(&app, &[ORIGIN]).await;
    assert_eq!(set_cookies(&response)[0], SESSION);
    let seen = upstream.seen("/api/auth/get-session").remove(0);
    assert_eq!(seen.header("authorization"), Some("Bearer new"));
}

#[tokio::test]
async fn requests_of_another_site_are_refused_and_do_not_reach_better_auth() {
    let upstream = Upstream::start().await;
    upstream.script().token = TokenScript::NoSession;
    let app = function(&upstream, |auth| async move { auth.sign_out().await });
    let session = ("cookie", "better-auth.session_token=s");
    for headers in [
        vec![("origin", "https://evil.example")],
        vec![("origin", "null"), session],
        vec![("sec-fetch-site", "cross-site")],
        vec![session],
    ] {
        let error = error_of(call(&app, &headers).await).await;
        let is_about_origin = matches!(
            error.code,
            AuthErrorCode::InvalidOrigin | AuthErrorCode::MissingOrNullOrigin
        );
        assert!(
            is_about_origin && error.status == 403,
            "{headers:?}: {error:?}"
        );
    }
    assert!(upstream.seen("/api/auth/").is_empty());
}

#[tokio::test]
async fn a_call_without_a_request_or_without_the_layer_is_an_error() {
    let nowhere = auth_client().list_sessions().await;
    assert_eq!(
        nowhere.expect_err("no request").code,
        AuthErrorCode::NotAvailable
    );
    let function =
        |request: Request| run(request, || async { auth_client().list_sessions().await });
    let app = Router::new().route("/function", post(function));
    let error = error_of(call(&app, &[ORIGIN]).await).await;
    assert_eq!(error.code, AuthErrorCode::NotAvailable);
}
