//! Attacks that need no backend. `SECURITY.md` says what is defended, and where.

use std::{collections::HashSet, io};

use crate::common::{Site, text};
use axum::{
    body::Body,
    http::{HeaderMap, Method, StatusCode, header},
};
use leptos::server_fn::axum::server_fn_paths;

const PAGES: [&str; 6] = [
    "/",
    "/sign-in",
    "/sign-up",
    "/dashboard",
    "/protected",
    "/no/such/page",
];
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const COOKIE: (&str, &str) = ("cookie", "better-auth.session_token=abc.def");

/// Returns the values of `attribute` in all `<tag …>` of a page, an empty one for a tag without it.
fn attributes<'a>(page: &'a str, tag: &str, attribute: &str) -> Vec<&'a str> {
    let (start, value_start) = (format!("<{tag}"), format!("{attribute}=\""));
    let mut values = Vec::new();
    for rest in page.split(start.as_str()).skip(1) {
        if rest.starts_with([' ', '>']) {
            let inside = rest.split('>').next().unwrap_or_default();
            let value = inside.split(value_start.as_str()).nth(1);
            values.push(value.map_or("", |value| value.split('"').next().unwrap_or_default()));
        }
    }
    values
}

fn policy(headers: &HeaderMap) -> &str {
    headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .expect("text")
}

fn directive<'a>(policy: &'a str, name: &str) -> &'a str {
    let mut all = policy.split(';').map(str::trim);
    all.find_map(|it| it.strip_prefix(name)).unwrap_or_default()
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let site = Site::new();
    let mut answers = Vec::new();
    let paths = [
        "/robots.txt",
        "/healthz",
        "/api/auth/get-session",
        "/api/x",
        "/pkg/gone.js",
        "/sign-in/",
    ];
    for path in PAGES.iter().chain(&paths) {
        answers.push((*path, site.get(path).await));
    }
    let two_hosts = site.get_with("/", &[("host", "evil.example")]).await;
    answers.push(("a request with two hosts", two_hosts));
    let evil = [FORM, ("origin", "https://evil.example")];
    let refused = site
        .send(Method::POST, "/actions/sign-out", &evil, "")
        .await;
    answers.push(("a refused form", refused));
    for (what, answer) in answers {
        let headers = answer.headers();
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY", "{what}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{what}");
        assert_eq!(
            headers["cross-origin-opener-policy"], "same-origin",
            "{what}"
        );
        assert_eq!(
            headers["cross-origin-resource-policy"], "same-origin",
            "{what}"
        );
        let referrer = &headers[header::REFERRER_POLICY];
        assert_eq!(referrer, "strict-origin-when-cross-origin", "{what}");
        let permissions = headers["permissions-policy"].to_str().expect("text");
        assert!(permissions.contains("camera=()"), "{what}");
        let policy = policy(headers);
        assert_eq!(
            directive(policy, "frame-ancestors"),
            " 'none'",
            "{what}: {policy}"
        );
    }
}

#[tokio::test]
async fn a_page_runs_only_scripts_with_its_own_nonce() {
    let site = Site::new();
    let mut nonces = Vec::new();
    for path in PAGES {
        let answer = site.get(path).await;
        let policy = policy(answer.headers()).to_owned();
        let scripts = directive(&policy, "script-src").to_owned();
        for weak in [
            "unsafe-inline",
            "'unsafe-eval'",
            "http:",
            "https:",
            "data:",
            "*",
        ] {
            assert!(!scripts.contains(weak), "{path}: {scripts}");
        }
        assert_eq!(directive(&policy, "object-src"), " 'none'");
        assert_eq!(directive(&policy, "base-uri"), " 'self'");
        let page = text(answer).await;
        let used = attributes(&page, "script", "nonce");
        assert!(!used.is_empty(), "{path}");
        let mut used_here = HashSet::new();
        for nonce in used {
            assert!(nonce.len() >= 16, "{path}: {nonce:?}");
            assert!(
                scripts.contains(&format!("'nonce-{nonce}'")),
                "{path}: {nonce} {scripts}"
            );
            used_here.insert(nonce.to_owned());
        }
        nonces.push(used_here);
        for handler in [
            " onclick=",
            " onload=",
            " onerror=",
            " onsubmit=",
            "javascript:",
        ] {
            assert!(!page.contains(handler), "{path}: {handler}");
        }
    }
    for (path, nonces) in PAGES.iter().zip(&nonces) {
        assert_eq!(nonces.len(), 1, "one nonce per page: {path} {nonces:?}");
    }
    let different: HashSet<_> = nonces.iter().flatten().collect();
    assert_eq!(
        different.len(),
        PAGES.len(),
        "a different one on each page: {nonces:?}"
    );
}

#[tokio::test]
async fn no_form_puts_what_was_typed_into_the_address() {
    let site = Site::new();
    let mut forms = 0;
    for path in PAGES {
        let page = text(site.get(path).await).await;
        let methods = attributes(&page, "form", "method");
        for (method, action) in methods.iter().zip(attributes(&page, "form", "action")) {
            assert!(method.eq_ignore_ascii_case("post"), "{path}: {action}");
            assert!(action.starts_with("/actions/"), "{path}: {action}");
            forms += 1;
        }
    }
    assert!(forms >= 3, "{forms}");
}

#[tokio::test]
async fn server_functions_run_only_for_pages_of_this_site() {
    let site = Site::new();
    // From the list of all functions, so that new ones are covered.
    let functions: Vec<_> = server_fn_paths().collect();
    assert!(functions.len() >= 8, "{functions:?}");
    let hostile: [&[(&str, &str)]; 7] = [
        &[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ],
        &[("origin", "http://localhost:3000.evil.example")],
        &[("origin", "http://localhost:3001"), COOKIE],
        &[("origin", "null"), COOKIE],
        &[("sec-fetch-site", "same-site"), COOKIE],
        &[
            ("referer", "https://evil.example/http://localhost:3000/"),
            COOKIE,
        ],
        &[COOKIE],
    ];
    for (path, method) in functions {
        for headers in hostile {
            let headers = [&[FORM], headers].concat();
            let answer = site.send(method.clone(), path, &headers, "").await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path} {headers:?}");
            assert!(!answer.headers().contains_key(header::SET_COOKIE), "{path}");
        }
        // A link or an image cannot call it.
        assert_eq!(method, Method::POST, "{path}");
        let answer = site.get_with(path, &[COOKIE]).await;
        assert!(!answer.status().is_success(), "{path}: {}", answer.status());
        assert!(
            !answer.status().is_redirection(),
            "{path}: {}",
            answer.status()
        );
    }
}

#[tokio::test]
async fn what_a_stranger_writes_is_never_markup() {
    const MARKUP: &str = "\"><script>alert(1)</script><img src=x onerror=alert(2)>";
    let refusal = serde_json::json!({
        "form": "sign-in",
        "refusal": { "message": MARKUP, "fields": { "email": MARKUP }, "typed": { "email": MARKUP } },
    });
    let forged = format!(
        "form-refusal={}",
        base64_url(refusal.to_string().as_bytes())
    );
    let escaped = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E%3Cimg%20src=x%20onerror=alert(2)%3E";
    let site = Site::new();
    for path in [
        "/sign-in".to_owned(),
        format!("/sign-in?callbackURL=/{escaped}"),
        format!("/sign-in?error={escaped}&error_description={escaped}"),
        format!("/dashboard?{escaped}"),
        format!("/no/such/{escaped}"),
    ] {
        let page = text(site.get_with(&path, &[("cookie", &forged)]).await).await;
        for markup in ["<script>alert", "<img src=x"] {
            assert!(!page.contains(markup), "{path}: {page}");
        }
    }
    let page = text(site.get_with("/sign-in", &[("cookie", &forged)]).await).await;
    assert!(
        page.contains("&lt;script"),
        "the forged text is on the page: {page}"
    );
}

fn base64_url(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let groups = bytes.chunks(3).map(|chunk| {
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        let digit = |at: usize| char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]);
        (0..=chunk.len()).map(digit).collect::<String>()
    });
    groups.collect()
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let site = Site::new();
    let own = [FORM, ("origin", "http://localhost:3000")];
    for elsewhere in [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%2F%09%2Fevil.example",
        "https%3A%2F%2Flocalhost%3A3000%40evil.example",
        "javascript%3Aalert(1)",
    ] {
        for action in ["sign-in", "sign-up", "sign-in-provider"] {
            let body = format!(
                "provider=github&name=A&email=a%40b.c&password=secret-word&callbackURL={elsewhere}"
            );
            let path = format!("/actions/{action}");
            let answer = site.send_body(Method::POST, &path, &own, body).await;
            let location = answer.headers().get(header::LOCATION);
            let location = location.map_or("", |it| it.to_str().expect("text"));
            assert!(
                location.starts_with("/sign-"),
                "{action} {elsewhere}: {location}"
            );
            assert!(
                !location.contains("evil"),
                "{action} {elsewhere}: {location}"
            );
        }
        let page = text(site.get(&format!("/sign-in?callbackURL={elsewhere}")).await).await;
        assert!(!page.contains("evil.example\""), "{elsewhere}: {page}");
    }
    for path in [
        "//evil.example",
        "//evil.example/%2e%2e",
        "/%5Cevil.example",
    ] {
        let answer = site.get(path).await;
        assert!(!answer.headers().contains_key(header::LOCATION), "{path}");
    }
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_off() {
    let site = Site::new();
    let own = [FORM, ("origin", "http://localhost:3000")];
    let piece = || Ok::<_, io::Error>("x".repeat(16 * 1024));
    let endless = futures::stream::repeat_with(piece);
    let answer = site
        .send_body(
            Method::POST,
            "/actions/sign-in",
            &own,
            Body::from_stream(endless),
        )
        .await;
    assert!(!answer.status().is_success(), "{}", answer.status());
    let long = format!("/sign-in?callbackURL=/{}", "a".repeat(20_000));
    assert_eq!(site.get(&long).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn on_https_our_cookies_are_secure() {
    for (args, secure) in [
        (&["--site-url=https://app.example.com"][..], true),
        (&[], false),
    ] {
        let site = Site::with(args);
        let origin = if secure {
            "https://app.example.com"
        } else {
            "http://localhost:3000"
        };
        let own = [FORM, ("origin", origin)];
        let answer = site
            .send(Method::POST, "/actions/sign-in", &own, "email=a")
            .await;
        let set: Vec<_> = answer
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .collect();
        assert!(!set.is_empty(), "the refusal is kept for the next page");
        for cookie in set {
            let cookie = cookie.to_str().expect("text");
            assert!(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
                "{cookie}"
            );
            assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
            // Browsers refuse a cookie with this prefix from a sibling subdomain.
            assert_eq!(cookie.starts_with("__Host-"), secure, "{cookie}");
        }
    }
}

#[tokio::test]
async fn signing_out_by_script_forgets_a_second_factor_being_set_up() {
    for (args, origin, name) in [
        (
            &["--site-url=https://app.example.com"][..],
            "https://app.example.com",
            "__Secure-two-factor-setup=;",
        ),
        (&[], "http://localhost:3000", "two-factor-setup=;"),
    ] {
        let site = Site::with(args);
        let own = [("content-type", "application/json"), ("origin", origin)];
        let forgotten = async |path: &str| {
            let answer = site.send(Method::POST, path, &own, "{}").await;
            let lines = answer.headers().get_all(header::SET_COOKIE).iter();
            let lines = lines.filter_map(|line| line.to_str().ok());
            lines.filter(|line| line.starts_with(name)).count()
        };
        assert_eq!(
            forgotten("/api/auth/sign-out").await,
            2,
            "one for each path"
        );
        assert_eq!(forgotten("/api/auth/update-user").await, 0);
    }
}

#[tokio::test]
async fn pages_load_only_from_named_hosts() {
    let site = Site::with(&["--site-url=https://app.example.com"]);
    let page = site.get("/").await;
    let policy = policy(page.headers());
    let hosts = " https://app.example.com http://127.0.0.1:9 http://localhost:9";
    let images = format!(
        " 'self' data: blob:{hosts} https://avatars.githubusercontent.com https://lh3.googleusercontent.com"
    );
    assert_eq!(directive(policy, "img-src"), images);
    assert_eq!(
        directive(policy, "media-src"),
        format!(" 'self' blob:{hosts}")
    );
    let sockets = " wss://app.example.com ws://127.0.0.1:9 ws://localhost:9";
    let connect = format!(" 'self'{hosts}{sockets}");
    assert_eq!(directive(policy, "connect-src"), connect);
}

#[tokio::test]
async fn a_request_id_from_outside_is_ignored() {
    let site = Site::new();
    for id in ["0191d3a0-7c1f-7b8e-9a55-1f2e3d4c5b6a", "evil-id admin=true"] {
        let answer = site.get_with("/healthz", &[("x-request-id", id)]).await;
        let own = answer.headers()["x-request-id"].to_str().expect("text");
        assert_ne!(own, id);
        assert_eq!(own.len(), 36, "{own}");
    }
}

#[tokio::test]
async fn a_trailing_slash_is_redirected_to_the_address_without_it() {
    let site = Site::new();
    let answer = site.get("/sign-in/?callbackURL=%2Fprotected").await;
    assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT);
    let location = &answer.headers()[header::LOCATION];
    assert_eq!(location, "/sign-in?callbackURL=%2Fprotected");
    let unknown = site.get("/no/such/page/").await;
    assert_eq!(unknown.status(), StatusCode::PERMANENT_REDIRECT);
}
