//! Tests of mutations over a session: each runs once, and no later page is older.

use std::{sync::Arc, time::Duration};

use reqwest::Url;
use tokio::sync::oneshot;

use super::{
    LiveSessionOptions, LiveSessions,
    fake::{Deployment, Mood, ts},
    load, loaded, mine, sessions, soon, visitor,
};
use crate::{
    call::{CallError, Mutation},
    server::{
        HttpClient, HttpOptions,
        sessions::{
            socket::Target,
            writes::{Write, Writes},
        },
    },
    value::{Object, Value},
};

/// Returns a mutation whose result is the timestamp of its write.
fn write() -> Mutation<String> {
    Mutation::new("a:write", ())
}

/// Runs a mutation over the session. Opens the session again if this machine has paused for too long.
async fn written(live: &LiveSessions, token: &str) -> Result<String, CallError> {
    loop {
        loaded(live, visitor(b"1", token)).await;
        if let Some(write) = live.mutation(visitor(b"1", token), &write()).await {
            assert_eq!(write.ts.is_some(), write.result.is_ok());
            return write.result;
        }
    }
}

#[tokio::test]
async fn a_page_after_a_write_is_answered_from_memory_and_shows_it() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    for lag in [0, 100] {
        deployment.lags(lag);
        let mut answered = 0;
        for _ in 0..10 {
            let moment = written(&live, "ann#1").await.expect("runs");
            if let Some(page) = load(&live, ann) {
                answered += 1;
                assert_eq!(mine(&page, "a:mine").expect("known").written, moment);
            }
        }
        // Not every page: this machine may pause for long.
        assert!(answered > 0, "{lag}");
    }
    let (sent, ran) = deployment.writes();
    assert!(ran == 20 && live.counts().writes == 20, "{sent} {ran}");
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_runs_once() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    for count in 1..=3 {
        loaded(&live, visitor(b"1", "ann#1")).await;
        deployment.is(Mood::LosesAnswers);
        let heals = async {
            // The mutation is sent again on at least two more connections.
            let before = deployment.writes().0;
            soon(|| (deployment.writes().0 >= before + 3).then_some(())).await;
            deployment.is(Mood::Fine);
        };
        let (outcome, ()) = tokio::join!(written(&live, "ann#1"), heals);
        let moment = outcome.expect("runs");
        assert_eq!(deployment.writes().1, count);
        let page = loaded(&live, visitor(b"1", "ann#1")).await;
        assert_eq!(mine(&page, "a:mine").expect("known").written, moment);
    }
}

#[tokio::test]
async fn a_write_on_a_connection_that_went_silent_runs_once() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    loaded(&live, visitor(b"1", "ann#1")).await;
    deployment.is(Mood::Silent);
    let opened = deployment.opened();
    let heals = async {
        // The silent connection is given up, and the next one is opened.
        soon(|| (deployment.opened() > opened).then_some(())).await;
        deployment.is(Mood::Fine);
    };
    let ann = visitor(b"1", "ann#1");
    let write = write();
    let (outcome, ()) = tokio::join!(live.mutation(ann, &write), heals);
    let outcome = outcome.expect("was sent");
    let (moment, _) = deployment.read("ann");
    assert_eq!(outcome.result, Ok(moment.to_string()));
    assert_eq!(outcome.ts, Some(ts(moment)));
    assert_eq!(deployment.writes().1, 1);
}

#[tokio::test]
async fn writes_given_to_a_connection_together_all_run_when_it_is_lost() {
    let deployment = Deployment::start().await;
    let target = Target::of(&Url::parse(&deployment.url).expect("a URL")).expect("an address");
    let (told, given): (Vec<_>, Vec<_>) = (0..3)
        .map(|_| {
            let (tell, told) = oneshot::channel();
            let args = Arc::new(Value::Object(Object::new()));
            let path = "a:write".to_owned();
            (told, Write { path, args, tell })
        })
        .unzip();
    let mut writes = Writes::new();
    let mut messages = writes.send(given).into_iter();
    // The connection is lost before the first message has left.
    assert!(messages.next().is_some());
    drop(messages);
    writes.settle(&target, "ann#1").await;
    for told in told {
        let outcome = told.await.expect("is told").expect("was sent");
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    assert_eq!(deployment.writes().1, 3);
}

#[tokio::test]
async fn a_write_without_an_answer_fails_in_time_and_its_effect_is_shown() {
    let deployment = Deployment::start().await;
    let patience = HttpOptions::default().with_timeout(Duration::from_millis(200));
    let client = HttpClient::with_options(&deployment.url, patience).expect("builds");
    let live = LiveSessions::new(&client, LiveSessionOptions::default()).expect("builds");
    loaded(&live, visitor(b"1", "ann#1")).await;
    deployment.is(Mood::LosesAnswers);
    let outcome = written(&live, "ann#1").await;
    assert!(
        matches!(outcome, Err(CallError::Network { .. })),
        "{outcome:?}"
    );
    assert!(live.moment(visitor(b"1", "ann#1")).is_none());
    // No caller is waiting any more, so it is not sent again.
    soon(|| (deployment.open() == 0).then_some(())).await;
    deployment.is(Mood::Fine);
    let page = loaded(&live, visitor(b"1", "ann#1")).await;
    let (_, moment) = deployment.read("ann");
    assert_eq!(
        mine(&page, "a:mine").expect("known").written,
        moment.to_string()
    );
}

#[tokio::test]
async fn nothing_is_sent_without_a_session_of_this_token() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    assert!(live.mutation(ann, &write()).await.is_none());
    loaded(&live, ann).await;
    for (session, token) in [(b"1", "bob#1"), (b"1", "ann#2"), (b"2", "ann#1")] {
        let other = live.mutation(visitor(session, token), &write()).await;
        assert!(other.is_none(), "{token}");
    }
    let odd = Mutation::<String>::new("no path", ());
    assert!(
        live.mutation(ann, &odd).await.is_none(),
        "sent over HTTP, where Convex returns the reason"
    );
    loaded(&live, ann).await;
    live.end(b"1");
    assert!(live.mutation(ann, &write()).await.is_none());
    assert_eq!(deployment.writes(), (0, 0));
}

#[tokio::test]
async fn a_failed_write_reports_its_error_and_no_timestamp() {
    let deployment = Deployment::start().await;
    let live = sessions(&deployment, LiveSessionOptions::default());
    let ann = visitor(b"1", "ann#1");
    let fails = Mutation::<String>::new("a:fails", ());
    let mut outcome = None;
    while outcome.is_none() {
        loaded(&live, ann).await;
        outcome = live.mutation(ann, &fails).await;
    }
    let outcome = outcome.expect("was sent");
    let message = "it failed".to_owned();
    assert_eq!(outcome.result, Err(CallError::Server { message }));
    assert_eq!(outcome.ts, None);
    loaded(&live, ann).await;
}
