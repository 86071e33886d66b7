//! Tests of the requests that the auth proxy refuses, and of what it changes.

mod common;

use common::upstream::EXTENDED;
use common::{
    Claims, SessionScript, Signer, TokenScript, Upstream, auth, config, request, send, set_cookies,
    text,
};
use http::StatusCode;
use leptos_better_auth::server::ConvexBetterAuth;

const EVIL: (&str, &str) = ("origin", "https://evil.example");
const BROWSER: (&str, &str) = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0");
const SESSION: (&str, &str) = ("cookie", "better-auth.session_token=s.sig");

#[tokio::test]
async fn no_other_site_can_write_with_or_without_cookies() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let hostile: [&[(&str, &str)]; 10] = [
        &[EVIL],
        &[
            EVIL,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
        ],
        &[("origin", "null")],
        &[("origin", "null"), ("sec-fetch-site", "same-origin")],
        // Another port of the same machine and a sibling domain belong to the same *site*.
        &[
            ("origin", "http://localhost:3901"),
            ("sec-fetch-site", "same-site"),
        ],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site")],
        &[("referer", "https://evil.example/")],
        &[("origin", "http://localhost:3000.evil.example")],
        // A browser that sends neither an origin nor `Sec-Fetch-Site`.
        &[BROWSER],
    ];
    let routes = [
        "/sign-out",
        "/sign-in/anonymous",
        "/sign-in/email",
        "/x",
        "/callback",
        "/callback/../sign-out",
        "/callback/%2e%2e/sign-out",
        "/callback/a/b",
    ];
    for headers in hostile {
        for cookie in [None, Some(SESSION), Some(("cookie", "theme=dark"))] {
            let headers: Vec<_> = headers.iter().copied().chain(cookie).collect();
            for route in routes {
                for method in ["POST", "PUT", "PATCH", "DELETE"] {
                    let path = format!("/api/auth{route}");
                    let response = send(&app, request(method, &path, &headers, "")).await;
                    assert_eq!(response.status(), 403, "{method} {route} {headers:?}");
                    assert!(set_cookies(&response).is_empty());
                }
            }
        }
    }
    assert!(
        upstream.seen("/api/auth").is_empty(),
        "no request reaches the deployment"
    );
    let page = [
        EVIL,
        ("sec-fetch-mode", "navigate"),
        ("accept", "text/html"),
    ];
    let response = send(&app, request("POST", "/api/auth/sign-out", &page, "")).await;
    assert!(text(response).await.contains("<h1>Invalid origin</h1>"));
}

#[tokio::test]
async fn this_site_trusted_origins_and_programs_other_than_browsers_pass() {
    let upstream = Upstream::start().await;
    let mut config = config(&upstream);
    config.trusted_origins = vec![
        "https://admin.example.com".to_owned(),
        "https://*.preview.example.com".to_owned(),
    ];
    let app = ConvexBetterAuth::new(config)
        .expect("configuration")
        .routes();
    let friendly: [&[(&str, &str)]; 8] = [
        &[("origin", common::SITE), BROWSER, SESSION],
        &[("origin", "https://admin.example.com"), BROWSER, SESSION],
        &[
            ("origin", "https://pr-7.preview.example.com"),
            BROWSER,
            SESSION,
        ],
        &[("sec-fetch-site", "same-origin"), BROWSER, SESSION],
        &[
            ("referer", "http://localhost:3000/settings"),
            BROWSER,
            SESSION,
        ],
        // Better Auth's client in Node, and an app that sends its session in a header.
        &[
            ("user-agent", "node"),
            ("sec-fetch-mode", "cors"),
            ("accept-language", "*"),
        ],
        &[
            ("authorization", "Bearer s.sig"),
            ("user-agent", "App/1 CFNetwork"),
        ],
        &[],
    ];
    for headers in friendly {
        let response = send(&app, request("POST", "/api/auth/x", headers, "{}")).await;
        assert_eq!(response.status(), 200, "{headers:?}");
    }
    for origin in [
        "https://preview.example.com",
        "https://.preview.example.com.evil.example",
        "https://evil.example/.preview.example.com",
        "http://pr-7.preview.example.com",
        "https://evil.example:1@x.preview.example.com",
    ] {
        let headers = [("origin", origin), BROWSER];
        let response = send(&app, request("POST", "/api/auth/x", &headers, "{}")).await;
        assert_eq!(response.status(), 403, "{origin}");
    }
}

#[tokio::test]
async fn a_provider_may_post_a_callback_from_its_own_site() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let headers = [
        ("origin", "https://appleid.apple.com"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        BROWSER,
    ];
    for path in [
        "/api/auth/callback/apple",
        "/api/auth/oauth2/callback/my-idp",
    ] {
        let response = send(&app, request("POST", path, &headers, "code=1&state=x")).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(text(response).await, "code=1&state=x");
        // The proxy sends this site's origin, so that a backend that trusts this site alone accepts the callback.
        let [seen] = &upstream.seen(path)[..] else {
            panic!("{path}: one request");
        };
        assert_eq!(seen.headers["origin"], common::SITE, "{path}");
        let put = send(&app, request("PUT", path, &headers, "")).await;
        assert_eq!(put.status(), 403, "{path}");
    }
}

#[tokio::test]
async fn a_session_that_changes_without_a_new_token_deletes_the_old_token() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let new = "better-auth.session_token=new.sig; Path=/; HttpOnly";
    let gone = "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly";
    let jwt = "better-auth.convex_jwt=n.e.w; Max-Age=900; Path=/; HttpOnly";
    upstream.script().answers = [
        ("/two-factor/verify-totp", vec![new]),
        ("/verify-email", vec![new]),
        ("/change-password", vec![new]),
        ("/revoke-session", vec![gone]),
        ("/magic-link/verify", vec![new, jwt]),
        ("/list-sessions", vec![]),
    ]
    .map(|(route, cookies)| (route.to_owned(), (cookies, serde_json::json!({}))))
    .into();
    let cookie = "better-auth.session_token=old.sig; __Secure-better-auth.convex_jwt=o.l.d; better-auth.convex_jwt=o.l.d";
    let headers = [("origin", common::SITE), ("cookie", cookie)];
    for (method, route, deleted) in [
        ("POST", "/two-factor/verify-totp", 4),
        ("GET", "/verify-email", 4),
        ("POST", "/change-password", 4),
        ("POST", "/revoke-session", 4),
        // The new token replaces the old one under its name, so only the other name is deleted.
        ("GET", "/magic-link/verify", 1),
        ("GET", "/list-sessions", 0),
    ] {
        let path = format!("/api/auth{route}?token=x");
        let response = send(&app, request(method, &path, &headers, "")).await;
        let cookies = set_cookies(&response);
        let gone = cookies
            .iter()
            .filter(|set| set.contains("convex_jwt=; ") && set.contains("Max-Age=0"));
        assert_eq!(gone.count(), deleted, "{route}: {cookies:?}");
    }
}

#[tokio::test]
async fn an_answer_that_asks_for_a_second_factor_sets_no_token() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let jwt = "better-auth.convex_jwt=e.a.rly; Max-Age=900; Path=/; HttpOnly";
    let gone = "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly";
    let challenge = "better-auth.two_factor=x.sig; Max-Age=600; Path=/; HttpOnly";
    let body = serde_json::json!({ "twoFactorRedirect": true, "twoFactorMethods": ["totp"] });
    // Plugins may set their cookies in either order.
    for cookies in [
        vec![jwt, gone, challenge],
        vec![gone, challenge, jwt],
        vec![jwt],
    ] {
        upstream.script().answers = [("/sign-in/email".to_owned(), (cookies, body.clone()))].into();
        let headers = [("origin", common::SITE)];
        let response = send(
            &app,
            request("POST", "/api/auth/sign-in/email", &headers, "{}"),
        )
        .await;
        let cookies = set_cookies(&response).join("\n");
        assert!(!cookies.contains("e.a.rly"), "{cookies}");
        assert!(cookies.contains("better-auth.convex_jwt=; "), "{cookies}");
        assert_eq!(
            text(response).await,
            body.to_string(),
            "the body is forwarded whole"
        );
    }
    // This body is too large to be inspected. It is forwarded whole, without a token.
    let large = serde_json::json!({ "x": "y".repeat(300_000) });
    upstream.script().answers = [("/sign-in/email".to_owned(), (vec![jwt], large.clone()))].into();
    let response = send(&app, request("POST", "/api/auth/sign-in/email", &[], "{}")).await;
    assert!(!set_cookies(&response).join("\n").contains("e.a.rly"));
    assert_eq!(text(response).await, large.to_string());
}

#[tokio::test]
async fn a_token_request_extends_the_session_and_its_cookie() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let token = Signer::rsa("key-1").sign(&Claims::good(&upstream.url()));
    upstream.script().token = TokenScript::Token(token.clone());
    upstream.script().session = SessionScript::NewDay;
    // A page with an open socket requests a token every quarter of an hour, and nothing else.
    let path = "/api/auth/convex/token";
    let response = send(&app, request("GET", path, &[SESSION], "")).await;
    let cookies = set_cookies(&response);
    assert!(cookies.iter().any(|set| set == EXTENDED), "{cookies:?}");
    assert!(
        cookies.iter().any(|set| set.contains(&token)),
        "{cookies:?}"
    );
    assert_eq!(
        text(response).await,
        serde_json::json!({ "token": token }).to_string()
    );
    assert!(
        upstream.seen(path).is_empty(),
        "this route would extend the session without its cookie"
    );
    // Every other route is called with `disableRefresh`, so that it does not extend the session.
    send(
        &app,
        request("GET", "/api/auth/list-accounts", &[SESSION], ""),
    )
    .await;
    let seen = upstream.seen("/api/auth/list-accounts").remove(0);
    assert_eq!(seen.target, "/api/auth/list-accounts?disableRefresh=true");
    send(
        &app,
        request("GET", "/api/auth/get-session", &[SESSION], ""),
    )
    .await;
    assert_eq!(
        upstream
            .seen("/api/auth/get-session")
            .pop()
            .expect("asked")
            .target,
        "/api/auth/get-session"
    );

    upstream.script().token = TokenScript::NoSession;
    let response = send(&app, request("GET", path, &[SESSION], "")).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(text(response).await.contains("\"code\":\"UNAUTHORIZED\""));
    // If the session's request fails, the answer comes from the deployment's token route.
    upstream.script().token = TokenScript::Status(429);
    let response = send(&app, request("GET", path, &[SESSION], "")).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    // A session in a header has no cookie to extend.
    let bearer = [("authorization", "Bearer s.sig"), SESSION];
    let before = upstream.asked_who();
    send(&app, request("GET", path, &bearer, "")).await;
    assert_eq!(upstream.asked_who(), before);
}

/// Runs in a separate process with `HTTP_PROXY`, as part of the test below.
#[tokio::test]
#[ignore = "part of another test"]
async fn part_with_a_proxy_in_the_environment() {
    let proxy = std::env::var("HTTP_PROXY").expect("set by the other test");
    assert!(!proxy.is_empty());
    let upstream = Upstream::start().await;
    upstream.script().calls = vec![(
        200,
        serde_json::json!({ "status": "success", "value": "here" }),
    )];
    let app = auth(&upstream).routes();
    let response = send(&app, request("GET", "/api/auth/x", &[SESSION], "")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let convex = leptos_convex::server::HttpClient::new(&upstream.url()).expect("client");
    let query = leptos_convex::Query::<String>::new("a:b", ());
    let value = convex.query(&query, Some("SECRET")).await;
    assert_eq!(value.expect("an answer of the deployment"), "here");
}

#[test]
fn a_deployment_on_this_machine_is_reached_without_the_environment_s_proxy() {
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
    let address = format!("http://{}", proxy.local_addr().expect("address"));
    let mut part = std::process::Command::new(std::env::current_exe().expect("this program"));
    part.args([
        "--exact",
        "--ignored",
        "part_with_a_proxy_in_the_environment",
    ]);
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ] {
        part.env(name, &address);
    }
    for name in ["NO_PROXY", "no_proxy"] {
        part.env_remove(name);
    }
    let output = part.output().expect("runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    proxy.set_nonblocking(true).expect("a setting");
    assert!(proxy.accept().is_err(), "the proxy got a connection");
}
