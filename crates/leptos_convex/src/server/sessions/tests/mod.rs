mod fake;
mod moments;
mod random;
mod storms;
mod tls;
mod writes;

use std::time::Duration;

use serde::Deserialize;

use self::fake::{Deployment, Mood, ts};
use super::{LiveSessionOptions, LiveSessions, LiveVisitor, socket::MAX_MESSAGE};
use crate::{
    call::Query,
    server::{HttpClient, Snapshot},
};

const PATIENCE: Duration = Duration::from_secs(120);

/// The result of the fake deployment's queries.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Mine {
    pub(super) who: String,
    pub(super) written: String,
}

pub(super) fn query(path: &'static str) -> Query<Mine> {
    Query::new(path, ())
}

pub(super) fn visitor<'a>(session: &'a [u8], token: &'a str) -> LiveVisitor<'a> {
    LiveVisitor {
        session,
        person: token.split('#').next().unwrap_or_default(),
        token,
        ends_in: Duration::from_secs(600),
        seen: &[],
    }
}

pub(super) fn mine(snapshot: &Snapshot, path: &'static str) -> Option<Mine> {
    let known = snapshot.known(&query(path))?;
    known.value().expect("reads")
}

fn sessions(deployment: &Deployment, options: LiveSessionOptions) -> LiveSessions {
    let client = HttpClient::new(&deployment.url).expect("builds");
    LiveSessions::new(&client, options).expect("builds")
}

/// Polls until `look` returns a value.
pub(super) async fn soon<T>(look: impl Fn() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found)
        .await
        .expect("arrives in time")
}

/// Loads a page, which opens a session if there is none.
fn load(live: &LiveSessions, visitor: LiveVisitor<'_>) -> Option<Snapshot> {
    live.follow(visitor, &query("a:mine"));
    live.moment(visitor)
}

/// Loads a page until it is answered from memory.
async fn loaded(live: &LiveSessions, visitor: LiveVisitor<'_>) -> Snapshot {
    soon(|| load(live, visitor).filter(|moment| mine(moment, "a:mine").is_some())).await
}

#[tokio::test]
async fn the_second_load_is_answered_from_memory() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    assert!(live.moment(ann).is_none(), "the first load has no session");
    let moment = loaded(&live, ann).await;
    assert_eq!(mine(&moment, "a:mine").expect("known").who, "ann");
    assert_eq!(moment.ts(), ts(1));
    assert!(
        mine(&moment, "a:other").is_none(),
        "no page uses this query"
    );

    let asks = || {
        let asked = deployment.asked();
        let is_known = (0..100).all(|_| load(&live, ann).is_some());
        !is_known || deployment.asked() > asked
    };
    let mut tries = 0;
    // If this machine pauses for long, the session asks again.
    while asks() {
        loaded(&live, ann).await;
        tries += 1;
        assert!(tries < 20, "still asks the deployment");
    }

    let written = deployment.write("ann");
    soon(|| load(&live, ann).filter(|moment| moment.ts() == ts(written))).await;
    let counts = live.counts();
    assert_eq!(counts.sessions, 1);
    assert!(counts.bytes > 0 && counts.moments >= 100 && counts.misses >= 1);
}

#[tokio::test]
async fn forty_tabs_share_one_session() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let tab = async |live: LiveSessions| {
        let ann = visitor(b"1", "ann#1");
        let shown = soon(|| {
            for path in ["a:mine", "a:list", "a:count"] {
                live.follow(ann, &query(path));
            }
            live.moment(ann).and_then(|moment| mine(&moment, "a:count"))
        });
        shown.await.who
    };
    let tabs = (0..40).map(|_| tab(live.clone()));
    let shown = futures::future::join_all(tabs).await;
    assert_eq!(shown, vec!["ann"; 40]);
    // One socket, or a few if this machine pauses for long.
    let (opened, asked) = (deployment.opened(), deployment.asked());
    assert!(
        opened < 5 && (3..=3 * opened).contains(&asked),
        "{opened} {asked}"
    );
}

#[tokio::test]
async fn a_snapshot_in_use_does_not_change() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    let before = loaded(&live, ann).await;
    let first = mine(&before, "a:mine").expect("known");
    let written = deployment.write("ann");
    soon(|| load(&live, ann).filter(|moment| moment.ts() == ts(written))).await;
    assert_eq!(mine(&before, "a:mine"), Some(first));
}

#[tokio::test]
async fn a_session_answers_only_the_token_it_was_opened_with() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    loaded(&live, ann).await;
    for other in ["bob#1", "ann#2", "", "ann#1 "] {
        assert!(live.moment(visitor(b"1", other)).is_none(), "{other}");
    }
    assert!(live.moment(visitor(b"2", "ann#1")).is_none());
    assert!(live.moment(ann).is_some());

    // A token that expires earlier does not take over the session; one that expires later does.
    let old = LiveVisitor {
        ends_in: Duration::from_secs(300),
        ..visitor(b"1", "ann#0")
    };
    live.follow(old, &query("a:mine"));
    assert!(live.moment(ann).is_some());
    let bob = LiveVisitor {
        ends_in: Duration::from_secs(900),
        ..visitor(b"1", "bob#1")
    };
    let moment = loaded(&live, bob).await;
    assert_eq!(mine(&moment, "a:mine").expect("known").who, "bob");
    assert!(live.moment(ann).is_none());
    soon(|| (deployment.open() == 1).then_some(())).await;
}

#[tokio::test]
async fn an_ended_session_is_not_used_again_and_its_socket_closes_soon() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    loaded(&live, ann).await;
    live.end(b"1");
    assert!(live.moment(ann).is_none());
    soon(|| (deployment.open() == 0).then_some(())).await;
    soon(|| (live.counts().bytes == 0).then_some(())).await;

    loaded(&live, ann).await;
    drop(live);
    soon(|| (deployment.open() == 0).then_some(())).await;
}

#[tokio::test]
async fn after_a_write_a_page_shows_it_or_is_not_answered_from_memory() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    loaded(&live, ann).await;
    // Pushes are delayed.
    deployment.lags(200);
    for _ in 0..20 {
        let written = deployment.write("ann");
        live.wrote(b"1");
        assert!(live.moment(ann).is_none());
        let moment = loaded(&live, ann).await;
        assert_eq!(
            mine(&moment, "a:mine").expect("known").written,
            written.to_string()
        );
    }
    // A deployment that does not answer confirms nothing.
    deployment.is(Mood::Silent);
    live.wrote(b"1");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(live.moment(ann).is_none());
}

#[tokio::test]
async fn no_page_is_older_than_what_the_browser_has_seen() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    loaded(&live, ann).await;
    // Another person writes. This session gets no push for it, but the browser has seen the timestamp.
    let elsewhere = [ts(1), ts(deployment.write("bob"))];
    let seen = LiveVisitor {
        seen: &elsewhere,
        ..ann
    };
    assert!(live.moment(seen).is_none());
    let moment = soon(|| load(&live, seen)).await;
    assert_eq!(moment.ts(), elsewhere[1]);
    for nonsense in ["", "tomorrow", "AQAAAAAAAAA"] {
        let seen = [ts(1), nonsense.to_owned()];
        let seen = LiveVisitor { seen: &seen, ..ann };
        assert!(live.moment(seen).is_none(), "{nonsense}");
    }
    let never = [ts(u64::MAX), ts(1)];
    let seen = LiveVisitor {
        seen: &never,
        ..ann
    };
    assert!(live.moment(seen).is_none());
    assert!(live.moment(ann).is_some());
}

#[tokio::test]
async fn a_silent_deployment_gets_a_bounded_number_of_sockets() {
    let deployment = Deployment::start().await;
    deployment.is(Mood::Silent);
    let live = sessions(&deployment, LiveSessionOptions::default());
    for number in 0..1_000_u32 {
        let session = number.to_le_bytes();
        let token = format!("person{number}#1");
        let person = visitor(&session, &token);
        live.follow(person, &query("a:mine"));
        assert!(live.moment(person).is_none());
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(deployment.opened() <= 32, "{}", deployment.opened());
    assert!(live.counts().sessions <= 32);
}

#[tokio::test]
async fn dropped_sockets_end_their_sessions_and_are_reopened_after_a_pause() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    for _ in 0..3 {
        loaded(&live, ann).await;
        deployment.is(Mood::Closes);
        soon(|| (live.counts().sessions == 0).then_some(())).await;
        assert!(live.moment(ann).is_none());
        let opened = deployment.opened();
        for _ in 0..100 {
            live.follow(ann, &query("a:mine"));
        }
        assert_eq!(live.counts().sessions, 0, "the pause is not over");
        assert_eq!(deployment.opened(), opened);
        deployment.is(Mood::Fine);
        soon(|| load(&live, ann)).await;
    }
}

#[tokio::test]
async fn a_refused_token_and_a_result_that_is_too_long_are_not_retried() {
    for (mood, padding) in [(Mood::Refuses, 0), (Mood::Fine, MAX_MESSAGE)] {
        let deployment = Deployment::start().await;
        deployment.is(mood);
        deployment.pads_with(padding);
        let live = sessions(&deployment, LiveSessionOptions::default());
        let ann = visitor(b"1", "ann#1");
        live.follow(ann, &query("a:mine"));
        soon(|| (deployment.opened() == 1 && deployment.open() == 0).then_some(())).await;
        for _ in 0..100 {
            live.follow(ann, &query("a:mine"));
            assert!(live.moment(ann).is_none());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(deployment.opened(), 1, "{mood:?}");
        // Another token or another person may succeed.
        deployment.is(Mood::Fine);
        deployment.pads_with(0);
        loaded(&live, visitor(b"2", "bob#1")).await;
        let renewed = LiveVisitor {
            ends_in: Duration::from_secs(900),
            ..visitor(b"1", "ann#2")
        };
        loaded(&live, renewed).await;
    }
}

#[tokio::test]
async fn the_session_unused_for_longest_makes_room() {
    let deployment = Deployment::start().await;
    let options = LiveSessionOptions::default().with_max_sessions(2);
    let live = sessions(&deployment, options);
    let (ann, bob, cat) = (
        visitor(b"1", "ann#1"),
        visitor(b"2", "bob#1"),
        visitor(b"3", "cat#1"),
    );
    loaded(&live, ann).await;
    loaded(&live, bob).await;
    assert!(live.moment(ann).is_some());
    loaded(&live, cat).await;
    assert!(live.moment(bob).is_none());
    assert!(live.moment(ann).is_some() && live.moment(cat).is_some());
    soon(|| (deployment.open() == 2).then_some(())).await;

    let none = sessions(&deployment, options.with_max_sessions(0));
    none.follow(ann, &query("a:mine"));
    assert_eq!(none.counts().opened, 0);
}

#[tokio::test]
async fn a_person_with_many_sessions_takes_no_other_person_s_place() {
    let deployment = Deployment::start().await;
    let options = LiveSessionOptions::default().with_max_sessions(10);
    let live = sessions(&deployment, options);
    let ann = visitor(b"1", "ann#1");
    loaded(&live, ann).await;
    for number in 0..50_u32 {
        let session = number.to_le_bytes();
        loaded(&live, visitor(&session, "bob#1")).await;
    }
    assert_eq!(live.counts().sessions, 9);
    assert!(live.moment(ann).is_some());
}

#[tokio::test]
async fn results_stay_within_their_memory_limit() {
    let deployment = Deployment::start().await;
    deployment.pads_with(10_000);
    let options = LiveSessionOptions::default().with_max_bytes(35_000);
    let live = sessions(&deployment, options);
    for number in 0..20_u32 {
        let session = number.to_le_bytes();
        let token = format!("person{number}#1");
        loaded(&live, visitor(&session, &token)).await;
        assert!(live.counts().bytes <= 35_000);
    }
    soon(|| (deployment.open() == 3).then_some(())).await;
    assert_eq!(live.counts().sessions, 3);
}

#[tokio::test]
async fn unused_and_expired_sessions_are_closed() {
    let deployment = Deployment::start().await;
    let options = LiveSessionOptions::default().with_idle(Duration::from_millis(100));
    let live = sessions(&deployment, options);
    let ann = visitor(b"1", "ann#1");
    loaded(&live, ann).await;
    soon(|| (live.counts().sessions == 0 && deployment.open() == 0).then_some(())).await;

    let brief = LiveVisitor {
        ends_in: Duration::from_millis(100),
        ..ann
    };
    let live = sessions(&deployment, LiveSessionOptions::default());
    loaded(&live, brief).await;
    soon(|| (live.counts().sessions == 0).then_some(())).await;
}

#[tokio::test]
async fn a_session_holds_a_limited_number_of_queries() {
    let deployment = Deployment::start().await;
    let options = LiveSessionOptions::default().with_max_queries(3);
    let live = sessions(&deployment, options);
    let ann = visitor(b"1", "ann#1");
    loaded(&live, ann).await;
    soon(|| {
        for path in ["a:mine", "a:b", "a:c", "a:d", "a:e"] {
            live.follow(ann, &query(path));
        }
        live.moment(ann).and_then(|moment| mine(&moment, "a:c"))
    })
    .await;
    let (opened, asked) = (deployment.opened(), deployment.asked());
    assert!((3..=3 * opened).contains(&asked), "{opened} {asked}");
}
