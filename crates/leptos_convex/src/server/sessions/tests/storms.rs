//! Tests with many visitors, failing deployments and expiring tokens.

use std::time::Duration;

use super::{
    LiveSessionOptions, LiveVisitor,
    fake::{Deployment, Mood, ts},
    load, loaded, mine, sessions, soon, visitor,
};

#[tokio::test]
async fn thousands_of_visitors_with_one_page_each_take_a_bounded_number_of_places() {
    let deployment = Deployment::start().await;
    let options = LiveSessionOptions::default().with_max_sessions(100);
    let live = sessions(&deployment, options);
    for number in 0..5_000_u32 {
        let session = number.to_le_bytes();
        let token = format!("person{number}#1");
        let moment = load(&live, visitor(&session, &token));
        assert!(moment.is_none(), "the first page is never from memory");
        assert!(live.counts().sessions <= 100);
        if number % 50 == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let counts = live.counts();
    assert!(counts.opened >= 32, "{counts:?}");
    assert!(deployment.opened() as u64 <= counts.opened);
    soon(|| (deployment.open() <= 100).then_some(())).await;
    // A visitor after the rush gets a session.
    let ann = loaded(&live, visitor(b"ann", "ann#1")).await;
    assert_eq!(mine(&ann, "a:mine").expect("known").who, "ann");
}

#[tokio::test]
async fn sockets_dropped_in_bursts_leave_nothing_behind() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    for _ in 0..5 {
        for number in 0..50_u32 {
            let session = number.to_le_bytes();
            load(&live, visitor(&session, &format!("person{number}#1")));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        deployment.is(Mood::Closes);
        soon(|| (live.counts().sessions == 0 && deployment.open() == 0).then_some(())).await;
        assert_eq!(live.counts().bytes, 0);
        deployment.is(Mood::Fine);
    }
    loaded(&live, visitor(b"1", "ann#1")).await;
}

#[tokio::test]
async fn after_a_restore_no_browser_gets_a_page_older_than_what_it_has_seen() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    let newest = deployment.write("ann");
    loaded(&live, ann).await;
    deployment.is(Mood::Closes);
    soon(|| (live.counts().sessions == 0).then_some(())).await;
    deployment.goes_back_to(1);
    deployment.is(Mood::Fine);
    // A browser that has seen nothing gets the restored data.
    let restored = loaded(&live, ann).await;
    assert_eq!(restored.ts(), ts(1));
    let seen = [ts(newest)];
    let seen = LiveVisitor { seen: &seen, ..ann };
    for _ in 0..20 {
        assert!(
            load(&live, seen).is_none(),
            "this page must be answered over HTTP"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    deployment.write("bob");
    assert_eq!(deployment.write("ann"), newest + 1);
    let moment = soon(|| load(&live, seen)).await;
    assert_eq!(moment.ts(), ts(newest + 1));
}

#[tokio::test]
async fn a_page_whose_token_expires_while_it_renders_is_complete_and_the_last_one() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let brief = LiveVisitor {
        ends_in: Duration::from_millis(300),
        ..visitor(b"1", "ann#1")
    };
    let page = loaded(&live, brief).await;
    soon(|| (live.counts().sessions == 0).then_some(())).await;
    // The page started with a valid token, and keeps its snapshot to the end.
    assert_eq!(mine(&page, "a:mine").expect("known").who, "ann");
    assert!(live.moment(brief).is_none());
    soon(|| (deployment.open() == 0).then_some(())).await;
}
