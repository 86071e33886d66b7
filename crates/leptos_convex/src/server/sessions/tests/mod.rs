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

/// Polls until there is a value.
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
        .expect("comes in time")
}

/// Loads a page, which opens a session where there is none (any more).
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
    assert!(live.moment(ann).is_none(), "the first is not");
    let moment = loaded(&live, ann).await;
    assert_eq!(mine(&moment, "a:mine").expect("known").who, "ann");
    assert_eq!(moment.ts(), ts(1));
    assert!(mine(&moment, "a:other").is_none(), "nobody asked for it");

    let asks = || {
        let asked = deployment.asked();
        let is_known = (0..100).all(|_| load(&live, ann).is_some());
        !is_known || deployment.asked() > asked
    };
    let mut tries = 0;
    // After a long pause of this machine, the session asks again.
    while asks() {
        loaded(&live, ann).await;
        tries += 1;
        assert!(tries < 20, "always asks");
    }

    let written = deployment.write("ann");
    soon(|| load(&live, ann).filter(|moment| moment.ts() == ts(written))).await;
    let counts = live.counts();
    assert_eq!(counts.sessions, 1);
    assert!(counts.bytes > 0 && counts.moments >= 100 && counts.misses >= 1);
}

#[tokio::test]
async fn forty_tabs_are_one_session() {
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
    // One, or a few after a long pause of this machine.
    let (opened, asked) = (deployment.opened(), deployment.asked());
    assert!(
        opened < 5 && (3..=3 * opened).contains(&asked),
        "{opened} {asked}"
    );
}

#[tokio::test]
async fn a_moment_that_was_handed_out_does_not_change() {
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
async fn a_session_answers_the_token_it_was_opened_with_alone() {
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
async fn an_ended_session_is_gone_at_once_and_its_socket_soon() {
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
async fn what_was_written_is_seen_or_nothing_is() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    loaded(&live, ann).await;
    // Pushes are late, and the write is not part of the subscribed queries.
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
    // Nothing is assumed about a deployment that does not answer.
    deployment.is(Mood::Silent);
    live.wrote(b"1");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(live.moment(ann).is_none());
}

#[tokio::test]
async fn nothing_is_older_than_what_the_browser_has_seen() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    loaded(&live, ann).await;
    // Somebody else writes, which is pushed to nobody here; the browser has heard of it.
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
async fn a_silent_deployment_is_left_alone() {
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
async fn a_deployment_that_drops_sockets_ends_sessions_and_is_tried_again_later() {
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
        assert_eq!(live.counts().sessions, 0, "there is a pause");
        assert_eq!(deployment.opened(), opened);
        deployment.is(Mood::Fine);
        soon(|| load(&live, ann)).await;
    }
}

#[tokio::test]
async fn what_cannot_be_held_is_not_asked_for_again_and_again() {
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
async fn the_one_nobody_used_for_longest_makes_room() {
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
async fn a_person_with_many_cookies_takes_nobody_s_place() {
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
async fn results_take_no_more_memory_than_they_may() {
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
async fn what_nobody_uses_is_closed() {
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
async fn a_session_holds_so_many_queries() {
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
