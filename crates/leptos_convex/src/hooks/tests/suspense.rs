//! Tests of queries that a `<Suspense>` waits for, with the live client.

use any_spawner::Executor;
use futures::FutureExt;
use leptos::prelude::*;
use serde_json::json;

use super::{count, page, sign_in};
use crate::{hooks::use_suspense_query, sync::test_messages as messages};

/// Lets the tasks that are ready run.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn after_another_person_signs_in_it_waits_for_their_result() {
    // This fails if another test has already done it.
    drop(Executor::init_tokio());
    let (_owner, remote, client) = page();
    sign_in(&client, "alice");
    let query = use_suspense_query(|| count(1));
    settle().await;
    remote.turn();
    remote.open();
    let mut first = Box::pin(query.into_future());
    settle().await;
    assert!(first.as_mut().now_or_never().is_none());
    remote.receive(&messages::transition(
        (0, 0, 0),
        (1, 1, 5),
        &[(0, json!(3))],
    ));
    settle().await;
    let live = first
        .now_or_never()
        .expect("is there")
        .expect("is no error");
    assert_eq!(live.get_untracked(), Some(3.0));

    sign_in(&client, "bob");
    assert_eq!(live.get_untracked(), None, "the result was alice's");
    settle().await;
    let mut next = Box::pin(query.into_future());
    assert!(
        next.as_mut().now_or_never().is_none(),
        "waits for bob's result"
    );
    remote.turn();
    remote.receive(&messages::transition(
        (1, 1, 5),
        (1, 2, 6),
        &[(0, json!(4))],
    ));
    settle().await;
    assert!(next.now_or_never().is_some_and(|result| result.is_ok()));
    assert_eq!(
        (live.get_untracked(), query.get_untracked()),
        (Some(4.0), Some(4.0))
    );
}
