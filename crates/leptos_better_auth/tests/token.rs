//! Who a request belongs to: cookies judged, tokens fetched, answers kept private.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::routing::get;
use axum::{Extension, Router};
use common::keys::{assemble, now, sign_hs256};
use common::upstream::EXTENDED;
use common::{
    Claims, SessionScript, Signer, TokenScript, Upstream, config, request, send, set_cookies, text,
};
use http::header;
use leptos_better_auth::AuthState;
use leptos_better_auth::server::{ConvexBetterAuth, RequestAuth};
use serde_json::json;

const PAGE: (&str, &str) = ("accept", "text/html");

/// An app whose page says who it was rendered for, after several helpers asked at once.
fn app(auth: &ConvexBetterAuth) -> Router {
    async fn page(
        Extension(request): Extension<RequestAuth>,
    ) -> ([(&'static str, &'static str); 1], String) {
        let (state, session, _token) =
            futures::join!(request.state(), request.session(), request.token());
        let name = session.map(|session| session.user.name).unwrap_or_default();
        (
            [("content-type", "text/html; charset=utf-8")],
            format!("{state:?} {name}"),
        )
    }
    async fn asset() -> ([(&'static str, &'static str); 2], &'static str) {
        (
            [
                ("content-type", "text/css"),
                ("cache-control", "public, max-age=31536000, immutable"),
            ],
            "a{}",
        )
    }
    Router::new()
        .route("/", get(page))
        .route("/pkg/a.css", get(asset))
        .layer(auth.layer())
        .merge(auth.routes())
}

async fn deployment() -> (Upstream, Signer, Router) {
    let upstream = Upstream::start().await;
    let signer = Signer::rsa("key-1");
    upstream.script().keys = vec![signer.jwk()];
    let app = app(&common::auth(&upstream));
    (upstream, signer, app)
}

fn session_and(jwt: &str) -> String {
    format!("better-auth.session_token=s.sig; better-auth.convex_jwt={jwt}")
}

fn counts(upstream: &Upstream) -> (usize, usize) {
    (
        upstream.seen("/api/auth/convex/jwks").len(),
        upstream.asked_who(),
    )
}

#[tokio::test]
async fn a_visitor_without_cookies_costs_nothing_and_may_be_cached() {
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
async fn a_good_token_cookie_needs_the_keys_once_and_no_token_request() {
    let (upstream, signer, app) = deployment().await;
    let cookie = session_and(&signer.sign(&Claims::good(&upstream.url())));
    for _ in 0..3 {
        let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &cookie)], "")).await;
        assert_eq!(response.headers()["cache-control"], "private, no-store");
        assert_eq!(set_cookies(&response), [""; 0]);
        assert_eq!(text(response).await, "SignedIn Alice");
    }
    assert_eq!(counts(&upstream), (1, 0));
    // Better Auth warns about requests without one.
    let asked = &upstream.seen("/api/auth/convex/jwks")[0];
    assert_eq!(asked.header("x-forwarded-for"), Some("127.0.0.1"));
}

#[tokio::test]
async fn eddsa_tokens_and_secure_cookies_count_too() {
    let upstream = Upstream::start().await;
    let signer = Signer::ed25519("ed-1");
    upstream.script().keys = vec![json!({ "kty": "unknown", "kid": "x" }), signer.jwk()];
    let app = app(&common::auth(&upstream));
    let jwt = signer.sign(&Claims::good(&upstream.url()));
    let cookie = format!(
        "__Secure-better-auth.session_token=s; better-auth.convex_jwt=old; __Secure-better-auth.convex_jwt={jwt}"
    );
    let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &cookie)], "")).await;
    assert_eq!(text(response).await, "SignedIn Alice");
}

#[tokio::test]
async fn forged_tokens_count_for_nothing_and_are_deleted() {
    let (upstream, signer, app) = deployment().await;
    let url = upstream.url();
    let good = Claims::good(&url);
    let header = json!({ "alg": "RS256", "kid": "key-1" });
    let signed = signer.sign(&good);
    let (head, signature) = signed.rsplit_once('.').expect("three parts");
    let root = Claims::good(&url).with("sub", "user-root");
    let forged = [
        ("garbage", "nope".to_owned()),
        ("empty parts", "..".to_owned()),
        (
            "alg none",
            assemble(&json!({ "alg": "none", "kid": "key-1" }), &good, b""),
        ),
        (
            "alg None",
            assemble(&json!({ "alg": "None", "kid": "key-1" }), &good, b""),
        ),
        (
            "public key as secret",
            sign_hs256("key-1", &good, &signer.public_secret()),
        ),
        (
            "changed claims",
            assemble(&header, &root, signature.as_bytes()),
        ),
        ("cut signature", head.to_owned() + "."),
        ("no signature", assemble(&header, &good, b"")),
        (
            "key of another under our id",
            Signer::other_rsa("key-1").sign(&good),
        ),
        ("unknown key id", Signer::other_rsa("key-9").sign(&good)),
        (
            "no key id",
            assemble(&json!({ "alg": "RS256" }), &good, b"x"),
        ),
        (
            "wrong issuer",
            signer.sign(&Claims::good("https://evil.example")),
        ),
        (
            "wrong audience",
            signer.sign(&good.clone().with("aud", "other")),
        ),
        ("no audience", signer.sign(&good.clone().without("aud"))),
        ("no issuer", signer.sign(&good.clone().without("iss"))),
        ("no end", signer.sign(&good.clone().without("exp"))),
        ("no subject", signer.sign(&good.clone().without("sub"))),
        (
            "not yet valid",
            signer.sign(&good.clone().with("nbf", now() + 600)),
        ),
        ("expired", signer.sign(&good.clone().with("exp", now() - 1))),
    ];
    for (what, jwt) in forged {
        let alone = format!("better-auth.convex_jwt={jwt}");
        let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &alone)], "")).await;
        let cleared = set_cookies(&response);
        assert_eq!(text(response).await, "SignedOut ", "{what}");
        assert_eq!(cleared.len(), 1, "{what}");
        assert!(
            cleared[0].starts_with("better-auth.convex_jwt=;") && cleared[0].contains("Max-Age=0"),
            "{what}"
        );
    }
    assert_eq!(
        counts(&upstream).1,
        0,
        "without a session there is no token to ask for"
    );
}

#[tokio::test]
async fn a_dead_session_is_signed_out_and_both_cookies_go() {
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
async fn an_expired_token_is_replaced_once_for_all_helpers_and_the_cookie_passed_on() {
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
        "that route extends the session and not its cookie"
    );
}

#[tokio::test]
async fn where_the_session_comes_without_a_token_the_token_is_asked_for() {
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
async fn one_odd_cookie_signs_nobody_out() {
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
async fn a_token_about_to_end_is_replaced_but_still_used_in_an_outage() {
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
async fn do_not_know_is_not_signed_out() {
    let (upstream, _, app) = deployment().await;
    let cookie = "better-auth.session_token=s.sig";
    let scripts = [500, 502, 503, 408, 429, 404, 403].map(TokenScript::Status);
    for script in scripts.into_iter().chain([TokenScript::Garbage]) {
        upstream.script().token = script;
        let response = send(&app, request("GET", "/", &[PAGE, ("cookie", cookie)], "")).await;
        assert_eq!(set_cookies(&response), [""; 0], "the session stays");
        assert_eq!(response.headers()["cache-control"], "private, no-store");
        assert_eq!(text(response).await, "Unknown ");
    }
}

#[tokio::test]
async fn a_hanging_deployment_holds_a_page_no_longer_than_told() {
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
async fn rotated_keys_are_fetched_when_a_new_id_appears_but_not_for_every_invented_one() {
    let (upstream, signer, app) = deployment().await;
    let good = Claims::good(&upstream.url());
    let first = session_and(&signer.sign(&good));
    assert_eq!(
        text(send(&app, request("GET", "/", &[PAGE, ("cookie", &first)], "")).await).await,
        "SignedIn Alice"
    );
    // Within the floor: the unknown id does not reach the deployment's keys, the session still decides.
    let rotated = Signer::other_rsa("key-2");
    upstream.script().keys.push(rotated.jwk());
    upstream.script().token = TokenScript::Token(rotated.sign(&good));
    let second = session_and(&rotated.sign(&good));
    for _ in 0..5 {
        assert_eq!(
            text(send(&app, request("GET", "/", &[PAGE, ("cookie", &second)], "")).await).await,
            "SignedIn Alice"
        );
    }
    assert_eq!(counts(&upstream), (1, 5));
    // Past the floor: the new key is known from then on, and no token has to be asked for.
    let mut config = config(&upstream);
    config.jwt_cache.keys_floor = Duration::from_millis(50);
    let app = self::app(&ConvexBetterAuth::new(config).expect("configuration"));
    upstream.script().keys = vec![signer.jwk()];
    assert_eq!(
        text(send(&app, request("GET", "/", &[PAGE, ("cookie", &first)], "")).await).await,
        "SignedIn Alice"
    );
    upstream.script().keys = vec![rotated.jwk()];
    tokio::time::sleep(Duration::from_millis(60)).await;
    for _ in 0..3 {
        assert_eq!(
            text(send(&app, request("GET", "/", &[PAGE, ("cookie", &second)], "")).await).await,
            "SignedIn Alice"
        );
    }
    assert_eq!(counts(&upstream), (3, 5));
    // The key that was withdrawn is believed no more; the session decides.
    upstream.script().token = TokenScript::NoSession;
    assert_eq!(
        text(send(&app, request("GET", "/", &[PAGE, ("cookie", &first)], "")).await).await,
        "SignedOut "
    );
}

#[tokio::test]
async fn without_keys_a_token_alone_is_neither_believed_nor_deleted() {
    let (upstream, signer, _) = deployment().await;
    let jwt = signer.sign(&Claims::good(&upstream.url()));
    let mut config = config(&upstream);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("port")
        .local_addr()
        .expect("address");
    config.convex_site_url = format!("http://{free}");
    let app = app(&ConvexBetterAuth::new(config).expect("configuration"));
    let cookie = format!("better-auth.convex_jwt={jwt}");
    let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &cookie)], "")).await;
    assert_eq!(set_cookies(&response), [""; 0]);
    assert_eq!(text(response).await, "Unknown ");
}

#[tokio::test]
async fn an_asset_keeps_its_caching_and_asks_nobody() {
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
async fn the_page_s_own_word_about_a_cookie_outranks_the_layer_s() {
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
async fn one_person_s_answer_never_reaches_another() {
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
        "sixty first requests share one fetch of the keys"
    );
}

#[tokio::test]
async fn nothing_secret_is_printed() {
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
