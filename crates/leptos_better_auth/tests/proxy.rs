//! Tests of the auth proxy, as the browser and the deployment see it.

mod common;

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use common::{Upstream, auth, config, request, send, set_cookies, text};
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
async fn the_deployment_receives_the_visitor_s_address_and_no_forged_headers() {
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
        "other cookies of the app are not forwarded"
    );
    assert_eq!(seen.header("origin"), Some("http://localhost:3000"));
    assert!(upstream.url().ends_with(seen.header("host").expect("host")));
    for name in ["x-hop", "te", "transfer-encoding"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
}

#[tokio::test]
async fn all_cookies_and_redirects_are_returned() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let response = send(&app, request("GET", "/api/auth/cookies", &[], "")).await;
    assert_eq!(set_cookies(&response).len(), 3);
    assert!(set_cookies(&response)[2].contains("Expires=Wed, 21 Oct"));
    for name in [
        "connection",
        "x-hop",
        "keep-alive",
        "strict-transport-security",
        "alt-svc",
    ] {
        assert!(!response.headers().contains_key(name), "{name}");
    }
    assert_eq!(response.headers()["cache-control"], "no-store");

    let response = send(&app, request("GET", "/api/auth/redirect?code=1", &[], "")).await;
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(response.headers()["location"], "/dashboard");
    assert_eq!(set_cookies(&response), ["better-auth.state=; Max-Age=0"]);
}

#[tokio::test]
async fn answers_are_streamed_and_requests_sent_whole() {
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
        "the first chunk arrives before there is a second"
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

/// Returns a proxy with a short timeout.
fn impatient(upstream: &Upstream) -> Router {
    let mut config = config(upstream);
    config.timeouts.request = Duration::from_millis(200);
    ConvexBetterAuth::new(config)
        .expect("configuration")
        .routes()
}

#[tokio::test]
async fn an_incomplete_body_does_not_reach_the_deployment() {
    let upstream = Upstream::start().await;
    let app = impatient(&upstream);
    let begun = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
    let body = Body::from_stream(begun.chain(futures::stream::pending()));
    let response = send(&app, request("POST", "/api/auth/echo", &[], body)).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(upstream.seen("/api/auth/echo").is_empty());
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_with_or_without_a_content_length() {
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
        "with a content length, nothing is forwarded"
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
async fn a_body_that_breaks_off_is_a_bad_request() {
    let upstream = Upstream::start().await;
    let app = auth(&upstream).routes();
    let pieces = [
        Ok(Bytes::from_static(b"begun")),
        Err(std::io::Error::other("bad chunk")),
    ];
    let body = Body::from_stream(futures::stream::iter(pieces));
    let response = send(&app, request("POST", "/api/auth/echo", &[], body)).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_absent_deployment_is_a_502_as_json_and_as_a_page() {
    let upstream = Upstream::start().await;
    let mut config = config(&upstream);
    // Nothing listens there: the port was free a moment ago and is closed again.
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
    let app = impatient(&upstream);
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
async fn no_path_outside_of_the_base_path_is_reached() {
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
