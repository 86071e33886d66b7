//! Tests of pages that live sessions answer from memory.

#[path = "live/app.rs"]
mod app;
mod common;
#[path = "live/site.rs"]
mod site;
#[path = "live/writes.rs"]
mod writes;

use std::time::Duration;

use common::sync::ts;
use common::{Claims, SessionScript, TokenScript, set_cookies, text};
use serde_json::{Value, json};
use site::Site;

const FROM_MEMORY: &str = r#""live" "live""#;
const OVER_HTTP: &str = r#""http" "http""#;
const WRITTEN: &str = r#""written" "written""#;

#[tokio::test]
async fn further_loads_send_no_request() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    assert_eq!(site.load(&alice).await, OVER_HTTP);
    let asks = async |wanted: &str| {
        let before = site.upstream.script().seen.len();
        for _ in 0..50 {
            let response = site.ask("GET", "/page", &alice).await;
            assert_eq!(response.headers()["cache-control"], "private, no-store");
            let mut set = set_cookies(&response).into_iter();
            assert!(set.all(|set| set.starts_with("convex_page=")));
            if text(response).await != wanted {
                return true;
            }
        }
        site.upstream.script().seen.len() > before
    };
    site.never(&alice, FROM_MEMORY, async || asks(FROM_MEMORY).await)
        .await;
    site.upstream.push("user-alice", "newer");
    let newer = r#""newer" "newer""#;
    site.never(&alice, newer, async || asks(newer).await).await;
}

#[tokio::test]
async fn visitors_without_a_valid_session_have_no_live_session() {
    let site = Site::start().await;
    let expired = Claims::good(&site.upstream.url()).with("exp", 1_000_000);
    let expired = site.signer.sign(&expired);
    for cookies in [
        "",
        "better-auth.session_token=x.sig",
        // A token without a session cookie, which nobody could sign out.
        &format!("better-auth.convex_jwt={}", site.token("user-alice")),
        &format!("better-auth.session_token=x.sig; better-auth.convex_jwt={expired}"),
        "better-auth.session_token=x.sig; better-auth.convex_jwt=a.b.c",
    ] {
        site.load(cookies).await;
        site.load(cookies).await;
        assert_eq!(site.sessions(), 0, "{cookies}");
    }
}

#[tokio::test]
async fn a_browser_that_drops_its_token_cookie_opens_no_session() {
    let site = Site::start().await;
    site.upstream.script().token = TokenScript::Token(site.token("user-alice"));
    for _ in 0..5 {
        let answer = site
            .ask("GET", "/page", "better-auth.session_token=user-alice.sig")
            .await;
        let set = set_cookies(&answer);
        assert!(
            set.iter()
                .any(|set| set.starts_with("better-auth.convex_jwt=")),
            "{set:?}"
        );
        assert_eq!(text(answer).await, OVER_HTTP);
    }
    assert_eq!(site.auth.live_sessions().expect("has them").opened, 0);
    site.shows(&site.cookies("user-alice"), FROM_MEMORY).await;
}

#[tokio::test]
async fn nobody_gets_another_person_s_page() {
    let site = Site::start().await;
    site.upstream.push("user-bob", "bob's");
    let (alice, bob) = (site.cookies("user-alice"), site.cookies("user-bob"));
    for _ in 0..3 {
        site.shows(&alice, FROM_MEMORY).await;
        site.shows(&bob, r#""bob's" "bob's""#).await;
    }
    // Alice's session cookie with Bob's token.
    let mixed = format!(
        "better-auth.session_token=user-alice.sig; better-auth.convex_jwt={}",
        site.token("user-bob")
    );
    for _ in 0..20 {
        assert_ne!(site.load(&mixed).await, FROM_MEMORY);
    }
}

#[tokio::test]
async fn a_page_is_not_older_than_what_the_browser_has_seen() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    site.shows(&alice, FROM_MEMORY).await;
    let now = site.upstream.script().live.moment;
    let seen = |moment: &str| format!("{alice}; convex_seen={moment}");
    site.shows(&seen(&ts(now)), FROM_MEMORY).await;
    for newer in [&*ts(now + 1), "nonsense", ""] {
        assert_eq!(site.load(&seen(newer)).await, OVER_HTTP, "{newer}");
    }
    // The server sets a cookie with the page's timestamp, so that this holds without the live client, too.
    let page = set_cookies(&site.ask("GET", "/page", &alice).await);
    let page = page
        .first()
        .and_then(|set| set.split(';').next())
        .expect("a pair");
    assert_eq!(page, format!("convex_page={}", ts(now)));
    for other in ["convex_page", "convex_seen=AQAAAAAAAAA=; convex_page"] {
        site.shows(&format!("{alice}; {other}={}", ts(now)), FROM_MEMORY)
            .await;
        assert_eq!(
            site.load(&format!("{alice}; {other}={}", ts(now + 1)))
                .await,
            OVER_HTTP
        );
    }
    let many = format!("convex_seen={}; ", ts(1)).repeat(100);
    assert_eq!(site.load(&format!("{many}{alice}")).await, OVER_HTTP);
    site.upstream.push("user-alice", "newer");
    site.shows(&seen(&ts(now + 1)), r#""newer" "newer""#).await;
}

#[tokio::test]
async fn a_live_session_ends_when_the_browser_signs_out() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    for path in ["/sign-out", "/api/auth/sign-out", "/api/auth/slow"] {
        site.shows(&alice, FROM_MEMORY).await;
        assert_eq!(site.sessions(), 1);
        site.ask("POST", path, &alice).await;
        assert_eq!(site.sessions(), 0, "{path}");
        assert_ne!(site.load(&alice).await, FROM_MEMORY);
    }
}

#[tokio::test]
async fn after_a_writing_route_of_better_auth_pages_are_not_answered_from_memory() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    site.shows(&alice, FROM_MEMORY).await;
    site.ask("GET", "/api/auth/get-session", &alice).await;
    // A route that reads, while the session is extended.
    let extended = "better-auth.session_token=user-alice.sig; Max-Age=604800; Path=/; HttpOnly";
    let answer = (vec![extended], json!([]));
    site.upstream
        .script()
        .answers
        .insert("/list-sessions".to_owned(), answer);
    let response = site.ask("GET", "/devices", &alice).await;
    assert!(
        !set_cookies(&response)
            .iter()
            .any(|set| set.starts_with("convex_wrote="))
    );
    assert_eq!(text(response).await, "Ok([])");
    site.shows(&alice, FROM_MEMORY).await;
    site.upstream.script().live.is_silent = true;
    // A link in a mail writes with a GET.
    let confirmed = (vec![], json!({ "status": true }));
    site.upstream
        .script()
        .answers
        .insert("/verify-email".to_owned(), confirmed);
    let response = site.ask("POST", "/confirm", &alice).await;
    assert!(
        set_cookies(&response)
            .iter()
            .any(|set| set.starts_with("convex_wrote="))
    );
    assert_eq!(text(response).await, "Ok(())");
    let response = site.ask("POST", "/api/auth/update-user", &alice).await;
    assert!(
        set_cookies(&response)
            .iter()
            .any(|set| set.starts_with("convex_wrote="))
    );
    assert_eq!(site.load(&alice).await, OVER_HTTP);
}

#[tokio::test]
async fn a_live_session_whose_session_has_ended_is_closed() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    site.shows(&alice, FROM_MEMORY).await;
    // The session has ended elsewhere: the function finds nobody signed in, and Better Auth has no session.
    site.upstream.push("user-alice", Value::Null);
    let mut deleted = Vec::new();
    for _ in 0..2_000 {
        if site.sessions() == 0 {
            break;
        }
        deleted = set_cookies(&site.ask("GET", "/doubting", &alice).await);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(site.sessions(), 0);
    let is_deletion = |set: &String| set.starts_with("better-auth.session_token=;");
    assert!(deleted.iter().any(is_deletion), "{deleted:?}");
}

#[tokio::test]
async fn a_renewed_token_replaces_the_live_session() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    site.shows(&alice, FROM_MEMORY).await;
    let renewed = Claims::good(&site.upstream.url()).with("exp", common::keys::now() + 1_800);
    let renewed = site.signer.sign(&renewed);
    let renewed =
        format!("better-auth.session_token=user-alice.sig; better-auth.convex_jwt={renewed}");
    assert_eq!(site.load(&renewed).await, OVER_HTTP);
    site.shows(&renewed, FROM_MEMORY).await;
    assert_eq!(site.sessions(), 1);
    // A load with the old token, which was under way meanwhile.
    assert_eq!(site.load(&alice).await, OVER_HTTP);
    site.shows(&renewed, FROM_MEMORY).await;
}

#[tokio::test]
async fn no_page_waits_for_a_silent_deployment() {
    let site = Site::start().await;
    site.upstream.script().live.is_silent = true;
    let alice = site.cookies("user-alice");
    for _ in 0..100 {
        assert_eq!(site.load(&alice).await, OVER_HTTP);
    }
    let counted = site.calls();
    let moments = site.upstream.seen("/api/query_ts").len();
    assert_eq!(
        (counted, moments),
        (300, 100),
        "as without live sessions: a timestamp and two queries per page"
    );
    let opened = site.auth.live_sessions().expect("has them").opened;
    assert!(opened < 10, "{opened}");
}

#[tokio::test]
async fn strict_guards_learn_of_the_session_s_end_from_live_queries() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    site.upstream.script().session = SessionScript::Stands("session-1".to_owned());
    let strict = || async { text(site.ask("GET", "/strict", &alice).await).await };
    // Without a live result, Better Auth is asked each time.
    for asked in 1..4 {
        assert_eq!(strict().await, "SignedIn");
        assert_eq!(site.upstream.asked_who(), asked);
    }
    let ends = |in_seconds: i64| {
        let now = i64::try_from(common::keys::now()).expect("not that late");
        site.upstream.push("user-alice", (now + in_seconds) * 1000);
    };
    /// Loads the page until Better Auth is asked (`asks`), or no longer asked.
    async fn settled(site: &Site, strict: impl AsyncFn() -> String, asks: bool) -> String {
        for _ in 0..2_000 {
            let before = site.upstream.asked_who();
            let state = strict().await;
            if (site.upstream.asked_who() > before) == asks {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("never settles");
    }
    ends(600);
    assert_eq!(settled(&site, strict, false).await, "SignedIn");
    let asks = || async {
        let asked = site.upstream.asked_who();
        for _ in 0..20 {
            assert_eq!(strict().await, "SignedIn");
        }
        site.upstream.asked_who() > asked
    };
    let mut tries = 0;
    // If this machine pauses for long, the server asks again.
    while asks().await {
        tries += 1;
        assert!(tries < 20, "still asks Better Auth");
    }

    // According to the live query, the session has expired. Better Auth is asked, and has extended it.
    ends(-1);
    assert_eq!(settled(&site, strict, true).await, "SignedIn");
    ends(600);
    settled(&site, strict, false).await;

    // The session is revoked elsewhere.
    site.upstream.script().session = SessionScript::Gone;
    site.upstream.push("user-alice", Value::Null);
    assert_eq!(settled(&site, strict, true).await, "SignedOut");
    assert_eq!(site.sessions(), 0);
}

#[tokio::test]
async fn a_strict_guard_does_not_use_the_live_result_of_another_session() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    let ends = (common::keys::now() + 600) * 1000;
    site.upstream.push("user-alice", ends);
    site.shows(&alice, &format!("{ends} {ends}")).await;
    // The cookie belongs to another session than the token, and Better Auth has not been asked about it.
    site.upstream.script().session = SessionScript::Gone;
    for _ in 0..20 {
        assert_ne!(
            text(site.ask("GET", "/strict", &alice).await).await,
            "SignedIn"
        );
    }
}
