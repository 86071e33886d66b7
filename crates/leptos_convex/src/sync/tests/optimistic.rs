//! Tests of optimistic updates: the shown results, and how often updates run.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use serde_json::json;

use super::rig::{Rig, mutation_done, token, transition};
use crate::{
    call::Query,
    sync::{Event, InitialAuth, OptimisticUpdate, RequestKind},
};

fn add_one() -> Option<OptimisticUpdate> {
    Some(OptimisticUpdate::new(|store| {
        store.update(&Query::<f64>::new("a:a", ()), |n| *n += 1.0);
    }))
}

#[test]
fn optimistic_updates_are_applied_to_each_new_result_until_their_writes_arrive() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(10))]));
    let first = rig.request(RequestKind::Mutation, "a:inc", add_one());
    let second = rig.request(RequestKind::Mutation, "a:inc", add_one());
    assert_eq!(rig.shows("a:a"), Some(json!(12)));
    rig.receive(&transition((1, 0, 5), (1, 0, 6), &[(0, json!(20))]));
    assert_eq!(rig.shows("a:a"), Some(json!(22)));
    rig.receive(&mutation_done(first, 7));
    assert_eq!(
        rig.shows("a:a"),
        Some(json!(22)),
        "no flicker between the answer and the visible writes"
    );
    rig.receive(&transition((1, 0, 6), (1, 0, 7), &[(0, json!(21))]));
    assert_eq!(rig.shows("a:a"), Some(json!(22)));
    let failure = json!({
        "type": "MutationResponse", "requestId": second, "success": false, "result": "no", "logLines": [],
    });
    rig.receive(&failure);
    assert_eq!(
        rig.shows("a:a"),
        Some(json!(21)),
        "a failed update is rolled back"
    );
    assert!(rig.answers[&second].is_err());
}

/// Returns an update of `a:a`, and a counter of its runs.
fn counted() -> (Option<OptimisticUpdate>, Arc<AtomicU32>) {
    let runs = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&runs);
    let update = OptimisticUpdate::new(move |store| {
        counter.fetch_add(1, Ordering::Relaxed);
        store.update(&Query::<f64>::new("a:a", ()), |n| *n += 1.0);
    });
    (Some(update), runs)
}

#[test]
fn an_update_runs_again_only_when_what_it_reads_has_changed() {
    let mut rig = Rig::connected(&["a:a", "b:b"]);
    rig.receive(&transition(
        (0, 0, 0),
        (1, 0, 5),
        &[(0, json!(10)), (1, json!(1))],
    ));
    let (first, runs_of_first) = counted();
    let (second, runs_of_second) = counted();
    let runs = || [&runs_of_first, &runs_of_second].map(|runs| runs.swap(0, Ordering::Relaxed));
    let id = rig.request(RequestKind::Mutation, "a:inc", first);
    assert_eq!(runs(), [1, 0]);
    rig.request(RequestKind::Mutation, "a:inc", second);
    assert_eq!(runs(), [0, 1], "the first update does not run again");

    let before = rig.publications;
    rig.receive(&transition((1, 0, 5), (1, 0, 6), &[(1, json!(2))]));
    assert_eq!((runs(), rig.shows("a:a")), ([0, 0], Some(json!(12))));
    assert_eq!(
        (rig.shows("b:b"), rig.publications),
        (Some(json!(2)), before + 1)
    );

    rig.receive(&transition((1, 0, 6), (1, 0, 7), &[(0, json!(20))]));
    assert_eq!((runs(), rig.shows("a:a")), ([1, 1], Some(json!(22))));

    rig.receive(&mutation_done(id, 8));
    rig.receive(&transition((1, 0, 7), (1, 0, 8), &[(0, json!(21))]));
    assert_eq!((runs(), rig.shows("a:a")), ([0, 1], Some(json!(22))));
}

#[test]
fn an_update_is_applied_to_a_query_that_is_subscribed_later() {
    let mut rig = Rig::connected(&["b:b"]);
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]));
    rig.request(RequestKind::Mutation, "a:inc", add_one());
    rig.handle(Event::Subscribe(super::rig::key("a:a")));
    rig.receive(&transition((1, 0, 5), (2, 0, 6), &[(1, json!(10))]));
    assert_eq!(rig.shows("a:a"), Some(json!(11)));
}

#[test]
fn updates_of_one_person_are_not_shown_to_the_next() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!(10))]));
    let id = rig.request(RequestKind::Mutation, "a:inc", add_one());
    assert_eq!(rig.shows("a:a"), Some(json!(11)));
    let bob = InitialAuth::Token(token("bob", 1_000, 900));
    rig.handle(Event::SetAuth(bob));
    rig.receive(&transition((1, 1, 5), (1, 2, 6), &[(0, json!(20))]));
    assert_eq!(rig.shows("a:a"), Some(json!(20)));
    rig.receive(&mutation_done(id, 7));
    rig.receive(&transition((1, 2, 6), (1, 2, 7), &[]));
    assert!(rig.answers[&id].is_ok(), "her mutation still ends");
}

#[test]
fn a_result_equal_to_the_optimistic_one_is_not_published() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(10.0))]));
    let id = rig.request(RequestKind::Mutation, "a:inc", add_one());
    let before = rig.publications;
    rig.receive(&mutation_done(id, 6));
    rig.receive(&transition((1, 0, 5), (1, 0, 6), &[(0, json!(11.0))]));
    assert_eq!(
        (rig.shows("a:a"), rig.publications),
        (Some(json!(11)), before)
    );
}
