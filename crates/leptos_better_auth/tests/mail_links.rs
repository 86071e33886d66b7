//! Tests of links in mails that are opened through the proxy.

mod common;

use axum::Router;
use common::{Upstream, config, request, send, text};
use leptos_better_auth::server::{ConvexBetterAuth, MailLinkPages};

/// The headers with which pages of this and other sites, mail programs, images and scanners open a link.
const OPENED_BY: [&[(&str, &str)]; 7] = [
    &[
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("accept", "text/html"),
    ],
    &[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")],
    &[
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "navigate"),
    ],
    &[
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "no-cors"),
    ],
    &[("origin", "https://evil.example")],
    &[
        ("origin", "null"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "cors"),
    ],
    &[],
];

fn with_page(upstream: &Upstream) -> Router {
    let pages = MailLinkPages::default().with_magic_link("/sign-in/link");
    let config = config(upstream).with_mail_link_pages(pages);
    ConvexBetterAuth::new(config).expect("config").routes()
}

#[tokio::test]
async fn a_link_redirects_to_the_app_s_page_and_does_not_reach_the_deployment() {
    let upstream = Upstream::start().await;
    let app = with_page(&upstream);
    for path in [
        "/api/auth/magic-link/verify",
        "/api/auth//magic-link/verify/",
        "/api/auth/x/../magic-link/verify",
        "/api/auth/magic%2dlink/verif%79",
    ] {
        for headers in OPENED_BY {
            for method in ["GET", "HEAD"] {
                let link = format!("{path}?token=a%2Bb&error=said&callbackURL=%2Fprotected");
                let answer = send(&app, request(method, &link, headers, "")).await;
                assert_eq!(answer.status(), 303, "{method} {path} {headers:?}");
                let to = &answer.headers()["location"];
                assert_eq!(to, "/sign-in/link?token=a%2Bb&callbackURL=%2Fprotected");
                assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
            }
        }
    }
    let acted = "/api/auth/magic-link/verify?token=a%2Bb&error=said&callbackURL=%2Fprotected";
    assert!(upstream.seen(acted).is_empty());
}

#[tokio::test]
async fn the_page_receives_a_callback_of_this_site_or_none() {
    let upstream = Upstream::start().await;
    let app = with_page(&upstream);
    for (wanted, told) in [
        (
            "http%3A%2F%2Flocalhost%3A3000%2Fa%3Fb%3Dc",
            Some("%2Fa%3Fb%3Dc"),
        ),
        ("http%3A%2F%2Flocalhost%3A3000", Some("%2F")),
        ("%2Fprotected", Some("%2Fprotected")),
        ("https%3A%2F%2Fevil.example%2F", None),
        ("%2F%2Fevil.example", None),
        ("%2F%0D%0ASet-Cookie%3A%20a=1", None),
    ] {
        let link = format!("/api/auth/magic-link/verify?callbackURL={wanted}&token=a%2Bb");
        let answer = send(&app, request("GET", &link, &[], "")).await;
        let told = told
            .map(|path| format!("&callbackURL={path}"))
            .unwrap_or_default();
        let page = format!("/sign-in/link?token=a%2Bb{told}");
        assert_eq!(answer.headers()["location"], page, "{wanted}");
    }
}

#[tokio::test]
async fn a_link_without_a_page_is_refused_with_an_explanation() {
    let upstream = Upstream::start().await;
    let app = common::auth(&upstream).routes();
    for route in ["magic-link/verify", "verify-email", "delete-user/callback"] {
        let path = format!("/api/auth/{route}?token=secret");
        for headers in OPENED_BY {
            let answer = send(&app, request("GET", &path, headers, "")).await;
            assert_eq!(answer.status(), 403, "{path} {headers:?}");
            let body = text(answer).await;
            assert!(
                body.contains("cannot be opened here") && !body.contains("secret"),
                "{body}"
            );
        }
        assert!(upstream.seen(&path).is_empty());
    }
}

#[tokio::test]
async fn scripts_of_this_site_call_the_routes_themselves() {
    let upstream = Upstream::start().await;
    let app = common::auth(&upstream).routes();
    let path = "/api/auth/verify-email?token=a";
    let callers: [&[(&str, &str)]; 2] = [
        &[("origin", "http://localhost:3000")],
        &[
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "cors"),
        ],
    ];
    for headers in callers {
        send(&app, request("GET", path, headers, "")).await;
    }
    assert_eq!(upstream.seen(path).len(), 2);
    let other = "/api/auth/list-sessions";
    send(&app, request("GET", other, OPENED_BY[0], "")).await;
    assert_eq!(upstream.seen(other).len(), 1);
}
