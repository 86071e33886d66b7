//! Tests of forms: server functions, from the browser's post to the cookies on the answer.

mod common;

use axum::Router;
use axum::extract::Request;
use axum::routing::post;
use common::upstream::EXTENDED;
use common::{
    Claims, SessionScript, Signer, TokenScript, Upstream, request, run, send, set_cookies, text,
};
use leptos_better_auth::server::{auth_client, forms};
use leptos_better_auth::{
    AuthError, AuthErrorCode, CallbackUrl, SignInEmail, SignInSocial, SignUpEmail, SignedIn,
};
use serde_json::json;

const ORIGIN: (&str, &str) = ("origin", common::SITE);

fn credentials() -> SignInEmail {
    SignInEmail {
        email: "alice@example.com".to_owned(),
        password: "password-a".to_owned(),
        remember_me: None,
        callback_url: Some("//evil.example".to_owned()),
    }
}

fn app(upstream: &Upstream) -> Router {
    let sign_in = |request: Request| {
        let wanted = request
            .headers()
            .get("x-callback")
            .map(|v| v.to_str().expect("text").to_owned());
        run(request, move || async move {
            let next = CallbackUrl::or(wanted.as_deref(), "/dashboard");
            let signed_in = forms::sign_in_email(credentials(), &next).await?;
            forms::redirect_without_script(&signed_in.redirect_to);
            Ok(signed_in)
        })
    };
    let sign_up = |request: Request| {
        let form = SignUpEmail {
            name: "A".to_owned(),
            email: "a@example.com".to_owned(),
            password: "password-a".to_owned(),
            image: None,
            callback_url: Some("//evil.example".to_owned()),
        };
        run(request, move || async move {
            let next = CallbackUrl::or(form.callback_url.as_deref(), "/dashboard");
            forms::sign_up_email(form, &next).await
        })
    };
    let social = |request: Request| {
        let mut form = SignInSocial::new("github", "https://evil.example/");
        form.error_callback_url = Some("//evil.example".to_owned());
        run(request, move || async move {
            let next = CallbackUrl::or(form.callback_url.as_deref(), "/dashboard");
            forms::sign_in_social(form, &next).await
        })
    };
    let sign_out = |request: Request| run(request, forms::sign_out);
    Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-up", post(sign_up))
        .route("/social", post(social))
        .route("/sign-out", post(sign_out))
        .layer(common::auth(upstream).layer())
}

async fn deployment() -> (Upstream, Router, String) {
    let upstream = Upstream::start().await;
    let jwt = Signer::rsa("key-1").sign(&Claims::good(&upstream.url()));
    upstream.script().token = TokenScript::Token(jwt.clone());
    let app = app(&upstream);
    (upstream, app, jwt)
}

#[tokio::test]
async fn signing_in_is_relayed_as_the_visitor_and_the_cookies_are_returned() {
    let (upstream, app, jwt) = deployment().await;
    let headers = [
        ORIGIN,
        ("user-agent", "Browser/1"),
        ("cookie", "better-auth.session_token=old; theme=dark"),
        ("x-forwarded-for", "1.1.1.1"),
        ("x-callback", "/todos?x=1"),
    ];
    let response = send(&app, request("POST", "/sign-in", &headers, "")).await;
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    let cookies = set_cookies(&response);
    assert_eq!(cookies.len(), 2);
    assert!(
        cookies[0].starts_with("better-auth.session_token=secret.sig") && cookies[1].contains(&jwt)
    );
    let signed_in: SignedIn = serde_json::from_str(&text(response).await).expect("signed in");
    assert_eq!(signed_in.redirect_to, "/todos?x=1");
    assert_eq!(signed_in.convex_token, Some(jwt));
    let session = signed_in.session.expect("session");
    assert_eq!(
        (session.session.id.as_str(), session.user.image.as_deref()),
        ("session-1", Some("https://x/y.png"))
    );

    let seen = upstream.seen("/api/auth/sign-in/email").remove(0);
    assert_eq!(
        seen.json(),
        json!({ "email": "alice@example.com", "password": "password-a" })
    );
    assert_eq!(seen.header("origin"), Some(common::SITE));
    assert_eq!(seen.header("cookie"), Some("better-auth.session_token=old"));
    assert_eq!(seen.header("user-agent"), Some("Browser/1"));
    assert_eq!(seen.header("x-forwarded-for"), Some("203.0.113.9"));
    assert_eq!(seen.header("x-forwarded-host"), None);
    assert_eq!(
        seen.header("x-better-auth-forwarded-host"),
        Some("localhost:3000")
    );
}

#[tokio::test]
async fn a_form_posted_without_script_is_redirected_to_a_path_of_this_site_only() {
    let (_upstream, app, _) = deployment().await;
    for (wanted, expected) in [
        ("/todos", "/todos"),
        ("//evil.example", "/dashboard"),
        ("https://evil.example/x", "/dashboard"),
        // Even this site's own origin is refused: links and forms contain paths.
        ("http://localhost:3000/a?b", "/dashboard"),
    ] {
        let headers = [ORIGIN, ("accept", "text/html,*/*"), ("x-callback", wanted)];
        let response = send(&app, request("POST", "/sign-in", &headers, "")).await;
        assert_eq!(response.status(), 302, "{wanted}");
        assert_eq!(response.headers()["location"], expected, "{wanted}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_better_auth_s_own_error_and_sets_no_cookie() {
    let (upstream, app, _) = deployment().await;
    upstream.script().token = TokenScript::NoSession;
    let response = send(&app, request("POST", "/sign-in", &[ORIGIN], "")).await;
    assert_eq!(set_cookies(&response), [""; 0]);
    let error: AuthError = serde_json::from_str(&text(response).await).expect("error");
    assert_eq!(
        error,
        AuthError::new(
            AuthErrorCode::InvalidEmailOrPassword,
            "Invalid email or password",
            401
        )
    );
}

#[tokio::test]
async fn forms_of_another_site_are_refused_and_do_not_reach_better_auth() {
    let (upstream, app, _) = deployment().await;
    let session = ("cookie", "better-auth.session_token=s");
    for headers in [
        vec![("origin", "https://evil.example")],
        vec![("origin", "null"), session],
        vec![("sec-fetch-site", "cross-site")],
        vec![session],
    ] {
        for path in ["/sign-in", "/sign-up", "/social", "/sign-out"] {
            let error: AuthError = serde_json::from_str(
                &text(send(&app, request("POST", path, &headers, "")).await).await,
            )
            .expect("error");
            assert!(
                matches!(
                    error.code,
                    AuthErrorCode::InvalidOrigin | AuthErrorCode::MissingOrNullOrigin
                ),
                "{path} {headers:?}"
            );
            assert_eq!(error.status, 403);
        }
    }
    assert!(upstream.seen("/api/auth/").is_empty());
}

#[tokio::test]
async fn a_provider_gets_only_local_callbacks_and_its_state_cookie_is_returned() {
    let (upstream, app, _) = deployment().await;
    let response = send(&app, request("POST", "/social", &[ORIGIN], "")).await;
    assert_eq!(
        set_cookies(&response),
        ["better-auth.state=x.sig; Max-Age=300; Path=/; HttpOnly"]
    );
    assert!(
        text(response)
            .await
            .contains("https://github.com/login/oauth/authorize")
    );
    let sent = upstream.seen("/api/auth/sign-in/social").remove(0).json();
    assert_eq!(
        sent,
        json!({ "provider": "github", "callbackURL": "http://localhost:3000/dashboard" })
    );
}

#[tokio::test]
async fn the_link_in_a_confirmation_mail_stays_on_this_site() {
    let (upstream, app, _) = deployment().await;
    send(&app, request("POST", "/sign-up", &[ORIGIN], "")).await;
    let sent = upstream.seen("/api/auth/sign-up/email").remove(0).json();
    assert_eq!(sent["callbackURL"], "http://localhost:3000/dashboard");
}

#[tokio::test]
async fn signing_out_deletes_every_cookie() {
    let (upstream, app, _) = deployment().await;
    let response = send(
        &app,
        request(
            "POST",
            "/sign-out",
            &[ORIGIN, ("cookie", "better-auth.session_token=s")],
            "",
        ),
    )
    .await;
    assert_eq!(set_cookies(&response).len(), 3);
    assert!(
        set_cookies(&response)
            .iter()
            .all(|cookie| cookie.contains("Max-Age=0"))
    );
    assert_eq!(upstream.seen("/api/auth/sign-out").len(), 1);
}

#[tokio::test]
async fn signing_out_without_a_session_is_an_error_unless_there_are_no_cookies() {
    let (upstream, app, _) = deployment().await;
    for cookie in [
        "theme=dark",
        "better-auth.convex_jwt=a.b.c",
        "better-auth.session_token=",
    ] {
        let headers = [ORIGIN, ("cookie", cookie)];
        let response = send(&app, request("POST", "/sign-out", &headers, "")).await;
        assert_eq!(
            set_cookies(&response).len(),
            3,
            "all cookies are deleted nevertheless"
        );
        let error: AuthError = serde_json::from_str(&text(response).await).expect("error");
        assert_eq!(error.code, AuthErrorCode::Unauthorized, "{cookie}");
    }
    assert_eq!(upstream.seen("/api/auth/sign-out").len(), 3);
    let response = send(&app, request("POST", "/sign-out", &[ORIGIN], "")).await;
    assert_eq!(
        text(response).await,
        "null",
        "without cookies, the visitor is already signed out"
    );
}

#[tokio::test]
async fn a_sign_in_that_asks_for_a_second_factor_returns_no_token() {
    let (upstream, app, _) = deployment().await;
    let jwt = "better-auth.convex_jwt=e.a.rly; Max-Age=900; Path=/; HttpOnly";
    let gone = "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly";
    let challenge = "better-auth.two_factor=x.sig; Max-Age=600; Path=/; HttpOnly";
    let body = json!({ "twoFactorRedirect": true });
    for cookies in [vec![jwt, gone, challenge], vec![gone, challenge, jwt]] {
        upstream.script().answers = [("/sign-in/email".to_owned(), (cookies, body.clone()))].into();
        let headers = [ORIGIN, ("cookie", "better-auth.convex_jwt=o.l.d")];
        let response = send(&app, request("POST", "/sign-in", &headers, "")).await;
        let cookies = set_cookies(&response).join("\n");
        assert!(
            !cookies.contains("e.a.rly") && cookies.contains("convex_jwt=; "),
            "{cookies}"
        );
        assert!(cookies.contains("two_factor=x.sig"), "{cookies}");
        let signed_in: SignedIn = serde_json::from_str(&text(response).await).expect("signed in");
        assert!(signed_in.two_factor && signed_in.session.is_none());
        assert_eq!(signed_in.convex_token, None);
    }
}

#[tokio::test]
async fn the_first_form_of_a_day_extends_the_session_s_cookie_with_the_session() {
    let (upstream, _, _) = deployment().await;
    upstream.script().session = SessionScript::NewDay;
    let accounts = |request: Request| {
        run(request, || async move {
            let accounts = auth_client().list_accounts().await?;
            Ok(accounts.len())
        })
    };
    upstream.script().answers = [("/list-accounts".to_owned(), (vec![], json!([])))].into();
    let app = Router::new()
        .route("/accounts", post(accounts))
        .layer(common::auth(&upstream).layer());
    let headers = [ORIGIN, ("cookie", "better-auth.session_token=s.sig")];
    let response = send(&app, request("POST", "/accounts", &headers, "")).await;
    assert_eq!(set_cookies(&response)[0], EXTENDED);
    assert_eq!(text(response).await, "0");
    let asked = upstream.seen("/api/auth/list-accounts").remove(0);
    assert_eq!(asked.target, "/api/auth/list-accounts?disableRefresh=true");
}

#[tokio::test]
async fn better_auth_receives_callbacks_of_this_site_as_absolute_urls() {
    let (upstream, _, _) = deployment().await;
    let echo = |request: Request| {
        let wanted = request.headers()["x-callback"]
            .to_str()
            .expect("text")
            .to_owned();
        run(request, move || async move {
            let form = json!({ "redirectTo": wanted, "callbackURL": wanted, "email": "/a" });
            auth_client()
                .fetch::<serde_json::Value>("/echo", form)
                .await
        })
    };
    let app = Router::new()
        .route("/echo", post(echo))
        .layer(common::auth(&upstream).layer());
    for (wanted, sent) in [
        ("/", "http://localhost:3000/"),
        (
            "/dashboard?at=12:30",
            "http://localhost:3000/dashboard?at=12:30",
        ),
        ("/dashboard#todos", "http://localhost:3000/dashboard#todos"),
        ("/k%C3%A4se", "http://localhost:3000/k%C3%A4se"),
        ("/a~b,(c)", "http://localhost:3000/a~b,(c)"),
        ("http://localhost:3000/x", "http://localhost:3000/x"),
        // Addresses of other sites are sent unchanged, and Better Auth refuses them.
        ("https://evil.example/", "https://evil.example/"),
        ("//evil.example", "//evil.example"),
    ] {
        let headers = [ORIGIN, ("x-callback", wanted)];
        let response = send(&app, request("POST", "/echo", &headers, "")).await;
        let seen: serde_json::Value = serde_json::from_str(&text(response).await).expect("JSON");
        assert_eq!(
            seen,
            json!({ "redirectTo": sent, "callbackURL": sent, "email": "/a" })
        );
    }
}

#[tokio::test]
async fn an_outage_is_a_transient_error_with_a_message() {
    let (upstream, _, _) = deployment().await;
    let mut config = common::config(&upstream);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("port")
        .local_addr()
        .expect("address");
    config.convex_site_url = format!("http://{free}");
    let auth = leptos_better_auth::server::ConvexBetterAuth::new(config).expect("configuration");
    let app = Router::new()
        .route(
            "/sign-out",
            post(|request: Request| run(request, forms::sign_out)),
        )
        .layer(auth.layer());
    let error: AuthError = serde_json::from_str(
        &text(send(&app, request("POST", "/sign-out", &[ORIGIN], "")).await).await,
    )
    .expect("error");
    assert!(
        error.is_transient() && error.message.contains("cannot be reached"),
        "{error:?}"
    );
}
