//! Tests of the pages that follow a form's write.

use std::time::Duration;

use serde_json::json;

use super::common::sync::ts;
use super::common::{set_cookies, text};
use super::site::Site;
use super::{FROM_MEMORY, OVER_HTTP, WRITTEN};

#[tokio::test]
async fn a_page_after_a_form_is_not_older_than_its_write() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    site.shows(&alice, FROM_MEMORY).await;
    // The session receives no more pushes, and the form writes over HTTP, as actions do.
    site.upstream.script().live.is_silent = true;
    let posted = site.ask("POST", "/action", &alice).await;
    assert_eq!(posted.status(), 200);
    for _ in 0..20 {
        assert_eq!(site.load(&alice).await, OVER_HTTP);
    }
    site.upstream.script().live.is_silent = false;
    site.upstream.push("user-alice", "written");
    site.shows(&alice, WRITTEN).await;
}

#[tokio::test]
async fn a_form_writes_over_the_session_and_the_next_page_is_answered_from_memory() {
    let site = Site::start().await;
    let other = site.beside();
    let alice = site.cookies("user-alice");
    let is_over_http = async || {
        site.upstream.push("user-alice", "live");
        other.shows(&alice, FROM_MEMORY).await;
        site.shows(&alice, FROM_MEMORY).await;
        let posted = site.ask("POST", "/mutation", &alice).await;
        let set = set_cookies(&posted);
        let is_live = text(posted).await == r#""done""#;
        if is_live {
            // The exact timestamp is enough for all servers. None has to ask over HTTP for a while.
            let moment = site.upstream.script().live.moment;
            let page = format!("convex_page={}", ts(moment));
            assert!(set.iter().any(|set| set.starts_with(&page)), "{set:?}");
            assert!(
                !set.iter().any(|set| set.starts_with("convex_wrote=")),
                "{set:?}"
            );
            let with_it = format!("{alice}; {page}");
            for server in [&site, &other] {
                let shown = server.load(&with_it).await;
                assert_ne!(shown, FROM_MEMORY);
                server.shows(&with_it, WRITTEN).await;
            }
        }
        let page = site.load(&alice).await;
        assert_ne!(page, FROM_MEMORY, "older than the form's write");
        !(is_live && page == WRITTEN)
    };
    // If this machine pauses for long, the session is not used and the form writes over HTTP.
    let mut tries = 0;
    while is_over_http().await {
        tries += 1;
        assert!(tries < 20, "always over HTTP");
    }
}

#[tokio::test]
async fn a_form_whose_answer_is_lost_writes_once() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    let mut sent = 0;
    for _ in 0..20 {
        site.upstream.push("user-alice", "live");
        site.shows(&alice, FROM_MEMORY).await;
        site.upstream.script().live.loses_answers = true;
        let before = site.upstream.script().live.sent;
        let heals = async {
            for _ in 0..1_000 {
                if site.upstream.script().live.sent > before + 1 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            site.upstream.script().live.loses_answers = false;
        };
        let (posted, ()) = futures::join!(site.ask("POST", "/mutation", &alice), heals);
        let answer = text(posted).await;
        sent = site.upstream.script().live.sent - before;
        if sent > 1 {
            assert_eq!(answer, r#""done""#);
            assert_ne!(site.load(&alice).await, FROM_MEMORY);
            break;
        }
    }
    assert!(sent > 1, "always over HTTP");
    assert_eq!(site.upstream.script().live.ran.len(), 1);
}

#[tokio::test]
async fn after_a_write_with_a_lost_answer_no_older_page_is_shown() {
    let site = Site::start().await;
    let alice = site.cookies("user-alice");
    site.shows(&alice, FROM_MEMORY).await;
    site.upstream.script().live.is_silent = true;
    site.upstream.script().calls = vec![(503, json!({}))];
    let answer = text(site.ask("POST", "/action", &alice).await).await;
    assert!(answer.starts_with("error: "), "{answer}");
    assert_ne!(site.load(&alice).await, FROM_MEMORY);
}

#[tokio::test]
async fn another_server_learns_of_a_write_from_the_browser_s_cookie() {
    let (here, alice);
    let site = Site::start().await;
    here = site.beside();
    alice = site.cookies("user-alice");
    site.shows(&alice, FROM_MEMORY).await;
    here.shows(&alice, FROM_MEMORY).await;
    let response = here.ask("POST", "/action", &alice).await;
    let set = set_cookies(&response);
    let wrote = set.iter().find(|set| set.starts_with("convex_wrote="));
    let wrote = wrote.expect("is set");
    assert!(
        wrote.contains("Max-Age=15") && wrote.contains("SameSite=Lax"),
        "{wrote}"
    );
    let with_it = format!("{alice}; {}", wrote.split(';').next().expect("a pair"));
    here.shows(&with_it, FROM_MEMORY).await;
    for _ in 0..20 {
        assert_eq!(site.load(&with_it).await, OVER_HTTP);
    }
    // After an action, the browser sets the cookie without naming a session.
    assert_eq!(
        here.load(&format!("{alice}; convex_wrote=1")).await,
        OVER_HTTP
    );
}
