//! The server as a client sees it: pages, files, headers and refusals, without a backend.

use crate::common::{Site, text};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};

#[tokio::test]
async fn the_health_check_does_not_ask_the_backend() {
    let answer = Site::new().get("/healthz").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let health: serde_json::Value = serde_json::from_str(&text(answer).await).expect("JSON");
    assert_eq!(health, serde_json::json!({ "status": "ok" }));
}

#[tokio::test]
async fn a_page_is_rendered_and_never_cached_for_others() {
    for path in ["/", "/landing"] {
        let answer = Site::new().get(path).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "private, no-cache");
        assert_eq!(answer.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(answer.headers()[header::X_FRAME_OPTIONS], "DENY");
        assert!(answer.headers().contains_key("x-request-id"));
        let page = text(answer).await;
        assert!(page.contains("<h1") && page.contains("Sign in"), "{page}");
        assert!(page.contains("/pkg/site.abc123.css"), "{page}");
    }
}

#[tokio::test]
async fn a_page_names_its_stylesheet_in_a_header_for_early_hints() {
    let answer = Site::new().get("/").await;
    let link = answer.headers()[header::LINK].to_str().expect("text");
    assert_eq!(link, "</pkg/site.abc123.css>; rel=preload; as=style");
}

#[tokio::test]
async fn a_visitor_with_a_cookie_gets_a_private_page() {
    let answer = Site::new()
        .get_with("/", &[("cookie", "better-auth.session_token=garbled")])
        .await;
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "private, no-store");
}

#[tokio::test]
async fn only_https_sites_send_strict_transport_security() {
    let secure = ["--site-url=https://app.example.com"];
    for (args, said) in [(&secure[..], true), (&[], false)] {
        let answer = Site::with(args).get("/").await;
        assert_eq!(
            answer
                .headers()
                .contains_key(header::STRICT_TRANSPORT_SECURITY),
            said
        );
    }
}

#[tokio::test]
async fn an_unknown_address_is_a_page_with_status_404() {
    let answer = Site::new().get("/no/such/page").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(text(answer).await.contains("Page not found"));
    for path in [
        "/pkg/gone.js",
        "/api/nothing",
        "/pkg/../Cargo.toml",
        "/pkg/%2e%2e/%2e%2e/etc/passwd",
    ] {
        let answer = Site::new().get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_hashed_file_is_cached_for_ever_and_others_are_revalidated() {
    let site = Site::new();
    let hashed = site.get("/pkg/site.abc123.css").await;
    assert_eq!(
        hashed.headers()[header::CACHE_CONTROL],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        hashed.headers()[header::CONTENT_TYPE],
        "text/css; charset=utf-8"
    );
    let robots = site.get("/robots.txt").await;
    assert_eq!(robots.headers()[header::CACHE_CONTROL], "public, no-cache");
    let etag = robots.headers()[header::ETAG]
        .to_str()
        .expect("text")
        .to_owned();
    let again = site
        .get_with("/robots.txt", &[("if-none-match", &etag)])
        .await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(text(again).await, "");
    let wasm = site.get("/pkg/site.abc123.wasm").await;
    assert_eq!(wasm.headers()[header::CONTENT_TYPE], "application/wasm");
}

#[tokio::test]
async fn files_are_compressed_once_and_sent_in_an_encoding_that_the_client_accepts() {
    let site = Site::new();
    let plain = site
        .get_with("/pkg/site.abc123.css", &[("accept-encoding", "br")])
        .await;
    assert!(
        !plain.headers().contains_key(header::CONTENT_ENCODING),
        "nothing is compressed per request"
    );
    site.compress();
    for (accepted, coding) in [
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
    ] {
        let answer = site
            .get_with("/pkg/site.abc123.css", &[("accept-encoding", accepted)])
            .await;
        assert_eq!(
            answer.headers()[header::CONTENT_ENCODING],
            coding,
            "{accepted}"
        );
        assert_eq!(answer.headers()[header::VARY], "accept-encoding");
    }
    let identity = site.get("/pkg/site.abc123.css").await;
    assert!(!identity.headers().contains_key(header::CONTENT_ENCODING));
    assert_eq!(text(identity).await, crate::common::CSS.repeat(100));
}

#[tokio::test]
async fn a_file_compressed_by_the_build_is_used_and_not_served_itself() {
    let site = Site::new();
    let answer = site
        .get_with("/precompressed.txt", &[("accept-encoding", "br")])
        .await;
    assert_eq!(answer.headers()[header::CONTENT_ENCODING], "br");
    assert_eq!(text(answer).await, "made by the build");
    assert_eq!(
        site.get("/precompressed.txt.br").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let site = Site::new();
    let evil = [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    let answer = site
        .send(Method::POST, "/actions/sign-out", &evil, "")
        .await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_oversized_form_is_refused_with_or_without_a_content_length() {
    let own = [
        ("origin", "http://localhost:3000"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let long = format!("text={}", "x".repeat(300_000));
    let pieces = futures::stream::iter([Ok::<_, std::io::Error>(long.clone())]);
    for body in [Body::from(long), Body::from_stream(pieces)] {
        let answer = Site::new()
            .send_body(Method::POST, "/actions/sign-out", &own, body)
            .await;
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert!(text(answer).await.contains("more than a form"));
    }
    let broken = futures::stream::iter([Ok("text="), Err(std::io::Error::other("bad chunk"))]);
    let answer = Site::new()
        .send_body(
            Method::POST,
            "/actions/sign-out",
            &own,
            Body::from_stream(broken),
        )
        .await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_request_to_better_auth_is_short() {
    let site = Site::new();
    let own = [
        ("origin", "http://localhost:3000"),
        ("content-type", "application/json"),
    ];
    // Nothing answers behind this server, so a request that is passed on gets 502.
    for (length, status) in [
        (60_000, StatusCode::BAD_GATEWAY),
        (70_000, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = site
            .send_body(
                Method::POST,
                "/api/auth/sign-in/email",
                &own,
                "x".repeat(length),
            )
            .await;
        assert_eq!(answer.status(), status, "{length}");
    }
}

#[tokio::test]
async fn a_range_request_gets_that_part_of_the_file() {
    let site = Site::new();
    site.compress();
    let whole = site.get("/robots.txt").await;
    assert_eq!(whole.headers()[header::ACCEPT_RANGES], "bytes");
    let etag = whole.headers()[header::ETAG]
        .to_str()
        .expect("text")
        .to_owned();
    let whole = text(whole).await;
    let part = site
        .get_with(
            "/robots.txt",
            &[("range", "bytes=2-4"), ("accept-encoding", "br")],
        )
        .await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    let range = format!("bytes 2-4/{}", whole.len());
    assert_eq!(part.headers()[header::CONTENT_RANGE], range.as_str());
    assert_eq!(part.headers()[header::CONTENT_LENGTH], "3");
    assert!(!part.headers().contains_key(header::CONTENT_ENCODING));
    assert_eq!(text(part).await, whole[2..5]);
    let last = site.get_with("/robots.txt", &[("range", "bytes=-1")]).await;
    assert_eq!(text(last).await, whole[whole.len() - 1..]);
    let all = site
        .get_with("/robots.txt", &[("range", "bytes=-9999")])
        .await;
    assert_eq!(text(all).await, whole);

    let beyond = site
        .get_with("/robots.txt", &[("range", "bytes=9999-")])
        .await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    let range = format!("bytes */{}", whole.len());
    assert_eq!(beyond.headers()[header::CONTENT_RANGE], range.as_str());
    let nothing = site.get_with("/empty.txt", &[("range", "bytes=0-")]).await;
    assert_eq!(nothing.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    // An invalid range, and one of another version, get the whole file.
    let changed = [("range", "bytes=2-"), ("if-range", "\"another\"")];
    for headers in [&[("range", "lines=1-2")][..], &changed] {
        let answer = site.get_with("/robots.txt", headers).await;
        assert_eq!(answer.status(), StatusCode::OK, "{headers:?}");
    }
    let same = [("range", "bytes=0-0"), ("if-range", etag.as_str())];
    let answer = site.get_with("/robots.txt", &same).await;
    assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
    // Conditions are checked first, and `HEAD` has no ranges.
    let known = [("range", "bytes=9999-"), ("if-none-match", etag.as_str())];
    let answer = site.get_with("/robots.txt", &known).await;
    assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
    let part = [("range", "bytes=2-4")];
    let answer = site.send(Method::HEAD, "/robots.txt", &part, "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        answer.headers()[header::CONTENT_LENGTH],
        whole.len().to_string()
    );
}

#[tokio::test]
async fn a_file_may_have_any_name() {
    let site = Site::new();
    let file = site.get("/a%20b%C3%A9.txt").await;
    assert_eq!(file.status(), StatusCode::OK);
    assert_eq!(text(file).await, "named\n");
    for path in ["/a%ff.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt"] {
        assert_eq!(
            site.get(path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn in_development_new_files_are_served_at_once() {
    let site = Site::with(&["--watch"]);
    site.write("later.txt", "new\n");
    assert_eq!(text(site.get("/later.txt").await).await, "new\n");
    for path in [
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "//etc/passwd",
        "/pkg",
    ] {
        let answer = site.get(path).await;
        assert_ne!(answer.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn in_development_a_page_gets_the_newest_script_and_style() {
    let site = Site::with(&["--watch"]);
    let page = text(site.get("/").await).await;
    // `cargo leptos watch` looks for this name to replace the style of an open page.
    assert!(page.contains("href=\"/pkg/site.css\""), "{page}");
    assert!(
        !page.contains("abc123") && !page.contains("data-release"),
        "{page}"
    );
    assert_eq!(
        text(site.get("/pkg/site.js").await).await,
        "export default 1"
    );
    site.write("pkg/site.js", "export default 2");
    assert_eq!(
        text(site.get("/pkg/site.js").await).await,
        "export default 2"
    );
    let style = site.get("/pkg/site.css").await;
    assert_eq!(
        style.headers()[header::CONTENT_TYPE],
        "text/css; charset=utf-8"
    );
    assert_eq!(text(style).await, crate::common::CSS.repeat(100));
}

#[tokio::test]
async fn a_page_has_one_address() {
    let answer = Site::new().get("/sign-in/?callbackURL=%2Fprotected").await;
    assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(
        answer.headers()[header::LOCATION],
        "/sign-in?callbackURL=%2Fprotected"
    );
}

#[tokio::test]
async fn a_page_is_compressed_unless_its_length_could_reveal_a_visitor_s_secrets() {
    let site = Site::new();
    let signed_in = ("cookie", "better-auth.session_token=garbled");
    for (path, cookie, compressed) in [
        ("/", false, true),
        ("/sign-in?callbackURL=%2Fa", false, true),
        ("/no/such/page", false, true),
        ("/", true, true),
        ("/sign-in?callbackURL=%2Fa", true, false),
        ("/no/such/page", true, false),
        ("/healthz", false, false),
    ] {
        for accepted in ["gzip, deflate, br, zstd", "gzip"] {
            let mut headers = vec![("accept-encoding", accepted)];
            headers.extend(cookie.then_some(signed_in));
            let answer = site.get_with(path, &headers).await;
            let encoding = answer.headers().get(header::CONTENT_ENCODING);
            let wanted = compressed.then_some(&b"gzip"[..]);
            assert_eq!(encoding.map(|it| it.as_bytes()), wanted, "{path} {cookie}");
            if compressed {
                let vary = answer.headers().get_all(header::VARY).iter();
                let vary: Vec<_> = vary.filter_map(|it| it.to_str().ok()).collect();
                let vary = vary.join(",");
                assert!(
                    vary.contains("accept-encoding") && vary.contains("cookie"),
                    "{vary}"
                );
            }
        }
        let plain = site.get(path).await;
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
    }
}
