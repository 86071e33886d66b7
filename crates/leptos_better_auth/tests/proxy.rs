//! The auth proxy, seen from the browser and from the deployment.

mod common;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use common::upstream::EXTENDED;
use common::{
    Claims, SessionScript, Signer, TokenScript, Upstream, auth, config, request, send, set_cookies,
    text,
};
use futures::StreamExt as _;
use http::StatusCode;
use leptos_better_auth::server::ConvexBetterAuth;

#[tokio::test]
async fn passes_every_method_with_path_query_and_body() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let body = if method == "GET" { "" } else { "{\"a\":1}" };
        let response = send(&app, request(method, "/api/auth/x/y?q=%20a&r", &[], body)).await;
        assert_eq!(response.headers()["x-seen-method"], method);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(text(response).await, body);
    }
    let response = send(&app, request("HEAD", "/api/auth/x", &[], "")).await;
    assert_eq!(response.headers()["x-seen-method"], "HEAD");
    assert_eq!(upstream.seen("/api/auth/x/y?q=%20a&r").len(), 6);
    assert_eq!(
        send(&app, request("TRACE", "/api/auth/x", &[], ""))
            .await
            .status(),
        405
    );
}

#[tokio::test]
async fn the_deployment_sees_the_visitor_and_no_forged_identity() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let headers = [
        ("cookie", "better-auth.session_token=a.b; theme=dark"),
        ("origin", "http://localhost:3000"),
        ("user-agent", "Browser/1"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "1.1.1.1"),
        ("x-better-auth-forwarded-host", "evil.example"),
        ("connection", "close, x-hop"),
        ("x-hop", "1"),
        ("te", "trailers"),
        ("accept-encoding", "br, gzip"),
        ("content-type", "application/json"),
    ];
    send(&app, request("POST", "/api/auth/echo", &headers, "{}")).await;
    let seen = upstream.seen("/api/auth/echo").remove(0);
    assert_eq!(seen.header("x-forwarded-host"), None);
    assert_eq!(
        seen.header("x-better-auth-forwarded-host"),
        Some("localhost:3000")
    );
    assert_eq!(seen.header("x-better-auth-forwarded-proto"), Some("http"));
    assert_eq!(seen.header("x-forwarded-proto"), Some("http"));
    assert_eq!(seen.header("x-forwarded-for"), Some("203.0.113.9"));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.header("content-length"), Some("2"));
    assert_eq!(
        seen.header("cookie"),
        Some("better-auth.session_token=a.b"),
        "the app's own cookies are nobody else's"
    );
    assert_eq!(seen.header("origin"), Some("http://localhost:3000"));
    assert!(upstream.url().ends_with(seen.header("host").expect("host")));
    for name in ["x-hop", "te", "transfer-encoding"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
}

#[tokio::test]
async fn every_cookie_and_the_redirect_come_back() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let response = send(&app, request("GET", "/api/auth/cookies", &[], "")).await;
    assert_eq!(set_cookies(&response).len(), 3);
    assert!(set_cookies(&response)[2].contains("Expires=Wed, 21 Oct"));
    for name in ["connection", "x-hop", "keep-alive"] {
        assert!(!response.headers().contains_key(name), "{name}");
    }
    assert_eq!(response.headers()["cache-control"], "no-store");

    let response = send(&app, request("GET", "/api/auth/redirect?code=1", &[], "")).await;
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(response.headers()["location"], "/dashboard");
    assert_eq!(set_cookies(&response), ["better-auth.state=; Max-Age=0"]);
}

#[tokio::test]
async fn bodies_stream_in_both_directions() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let response = send(&app, request("GET", "/api/auth/stream", &[], "")).await;
    let first = response
        .into_body()
        .into_data_stream()
        .next()
        .await
        .expect("piece")
        .expect("bytes");
    assert_eq!(
        first, "first ",
        "the first piece arrives while the second is not even made"
    );

    let pieces = futures::stream::iter(
        ["one ", "two ", "three"].map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece))),
    );
    let response = send(
        &app,
        request("POST", "/api/auth/echo", &[], Body::from_stream(pieces)),
    )
    .await;
    assert_eq!(text(response).await, "one two three");
}

#[tokio::test]
async fn too_large_a_body_is_refused_announced_or_not() {
    let upstream = Upstream::start().await;
    let mut config = config(&upstream);
    config.body_limit = 1000;
    let app = ConvexBetterAuth::new(config)
        .expect("configuration")
        .routes();

    let response = send(
        &app,
        request("POST", "/api/auth/echo", &[], vec![b'x'; 1001]),
    )
    .await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        text(response)
            .await
            .contains("\"code\":\"PAYLOAD_TOO_LARGE\"")
    );
    assert!(
        upstream.seen("/api/auth/echo").is_empty(),
        "an announced one is not even begun"
    );

    let pieces =
        futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 100])));
    let response = send(
        &app,
        request(
            "POST",
            "/api/auth/echo",
            &[],
            Body::from_stream(pieces.take(50)),
        ),
    )
    .await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);

    let response = send(
        &app,
        request("POST", "/api/auth/echo", &[], vec![b'x'; 1000]),
    )
    .await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_absent_deployment_is_a_502_for_code_and_for_people() {
    let upstream = Upstream::start().await;
    let mut config = config(&upstream);
    // Nobody listens there: the port was free a moment ago and is closed again.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("port")
        .local_addr()
        .expect("address");
    config.convex_site_url = format!("http://{free}");
    let app = ConvexBetterAuth::new(config)
        .expect("configuration")
        .routes();

    let response = send(
        &app,
        request(
            "GET",
            "/api/auth/get-session",
            &[("sec-fetch-mode", "cors")],
            "",
        ),
    )
    .await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(text(response).await.contains("\"code\":\"UNREACHABLE\""));

    let navigation = [("sec-fetch-mode", "navigate"), ("accept", "text/html")];
    let response = send(
        &app,
        request(
            "GET",
            "/api/auth/callback/github?code=%3Cscript%3E",
            &navigation,
            "",
        ),
    )
    .await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert!(
        response.headers()["content-type"]
            .to_str()
            .expect("text")
            .starts_with("text/html")
    );
    assert!(response.headers().contains_key("retry-after"));
    let page = text(response).await;
    assert!(
        page.contains("cannot be reached") && !page.contains("script"),
        "{page}"
    );
}

#[tokio::test]
async fn a_deployment_that_does_not_answer_is_a_504() {
    let upstream = Upstream::start().await;
    let mut config = config(&upstream);
    config.timeouts.request = Duration::from_millis(200);
    let app = ConvexBetterAuth::new(config)
        .expect("configuration")
        .routes();
    let response = send(&app, request("POST", "/api/auth/slow", &[], "{}")).await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    assert!(
        text(response)
            .await
            .contains("\"code\":\"UPSTREAM_TIMEOUT\"")
    );
    assert_eq!(
        upstream.seen("/api/auth/slow").len(),
        1,
        "a POST is never repeated"
    );
}

#[tokio::test]
async fn nothing_outside_of_the_base_path_is_reached() {
    let upstream = Upstream::start().await;
    let app: Router = auth(&upstream).routes();
    for path in [
        "/api/auth/../query",
        "/api/auth/%2e%2e/query",
        "/api/auth/x/%2E%2e/%2e%2E/%2e./secret",
    ] {
        let response = send(&app, request("POST", path, &[], "{}")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
    for seen in upstream.seen("") {
        assert!(seen.target.starts_with("/api/auth/"), "{}", seen.target);
    }
}

const EVIL: (&str, &str) = ("origin", "https://evil.example");
const BROWSER: (&str, &str) = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0");
const SESSION: (&str, &str) = ("cookie", "better-auth.session_token=s.sig");

#[tokio::test]
async fn no_other_site_changes_anything_with_cookies_or_without() {
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
        // Another port of the same machine, and a sibling domain, are of the same *site*.
        &[
            ("origin", "http://localhost:3901"),
            ("sec-fetch-site", "same-site"),
        ],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site")],
        &[("referer", "https://evil.example/")],
        &[("origin", "http://localhost:3000.evil.example")],
        // A browser that says nothing.
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
        "nothing goes upstream"
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
async fn this_site_its_friends_and_programs_that_are_no_browser_pass() {
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
        // Better Auth's client in Node, and an app with its session in a header.
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
async fn a_provider_posts_its_callback_from_its_own_site() {
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
        let put = send(&app, request("PUT", path, &headers, "")).await;
        assert_eq!(put.status(), 403, "{path}");
    }
}

#[tokio::test]
async fn a_session_that_changes_without_its_token_takes_the_old_token_along() {
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
        // It brings the new one under one name, so the other one goes.
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
async fn an_answer_that_asks_for_a_second_factor_hands_out_no_token() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let jwt = "better-auth.convex_jwt=e.a.rly; Max-Age=900; Path=/; HttpOnly";
    let gone = "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly";
    let challenge = "better-auth.two_factor=x.sig; Max-Age=600; Path=/; HttpOnly";
    let body = serde_json::json!({ "twoFactorRedirect": true, "twoFactorMethods": ["totp"] });
    // In either order of the plugins.
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
            "the body passes whole"
        );
    }
    // Too large to be looked at: it passes whole, and without a token.
    let large = serde_json::json!({ "x": "y".repeat(300_000) });
    upstream.script().answers = [("/sign-in/email".to_owned(), (vec![jwt], large.clone()))].into();
    let response = send(&app, request("POST", "/api/auth/sign-in/email", &[], "{}")).await;
    assert!(!set_cookies(&response).join("\n").contains("e.a.rly"));
    assert_eq!(text(response).await, large.to_string());
}

#[tokio::test]
async fn a_token_comes_with_the_life_of_its_session() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let token = Signer::rsa("key-1").sign(&Claims::good(&upstream.url()));
    upstream.script().token = TokenScript::Token(token.clone());
    upstream.script().session = SessionScript::NewDay;
    // The open socket asks for a token every quarter of an hour, and for nothing else.
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
        "which would extend the session alone"
    );
    // Every other route is told to leave the session's life alone.
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
    // What is not known is the deployment's to say.
    upstream.script().token = TokenScript::Status(429);
    let response = send(&app, request("GET", path, &[SESSION], "")).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    // A session in a header has no cookie.
    let bearer = [("authorization", "Bearer s.sig"), SESSION];
    let before = upstream.asked_who();
    send(&app, request("GET", path, &bearer, "")).await;
    assert_eq!(upstream.asked_who(), before);
}

/// Runs in a process of its own, with `HTTP_PROXY` set, as part of the test below.
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
fn what_is_on_this_machine_is_reached_without_the_environment_s_proxy() {
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
    assert!(proxy.accept().is_err(), "nobody came to the proxy");
}
