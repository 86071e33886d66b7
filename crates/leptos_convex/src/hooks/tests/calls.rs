//! Tests of mutations and actions: which call their signals describe, and optimistic updates.

use futures::FutureExt;
use leptos::prelude::*;
use serde_json::json;

use super::{answer, count, page};
use crate::{
    Action, Mutation,
    hooks::{use_action, use_mutation, use_query},
    sync::test_messages as messages,
};

fn args(n: f64) -> std::collections::BTreeMap<&'static str, f64> {
    std::collections::BTreeMap::from([("n", n)])
}

#[test]
fn signals_show_the_latest_call_even_if_an_earlier_one_ends_after_it() {
    let (_owner, remote, _client) = page();
    let send = use_action(|n: f64| Action::<f64>::new("mail:send", args(n)));
    remote.turn();
    for n in [1.0, 2.0, 3.0] {
        send.dispatch(n);
    }
    remote.open();
    let end = |id: u32, success: bool, result: serde_json::Value| {
        remote.receive(&json!({
            "type": "ActionResponse", "requestId": id, "success": success, "result": result, "logLines": [],
        }));
    };
    end(1, true, json!(20));
    end(0, true, json!(10));
    assert_eq!(send.value().get(), Some(20.0));
    end(2, true, json!(30));
    assert_eq!(send.value().get(), Some(30.0));
    send.dispatch(4.0);
    send.dispatch(5.0);
    end(4, true, json!(50));
    end(3, false, json!("late"));
    assert_eq!((send.value().get(), send.error().get()), (Some(50.0), None));
    assert!(!send.pending().get());
}

#[test]
fn each_getter_returns_the_same_signal() {
    let (_owner, _remote, _client) = page();
    let send = use_action(|n: f64| Action::<f64>::new("mail:send", args(n)));
    assert!(send.pending() == send.pending());
    assert!(send.error() == send.error());
    assert!(send.value() == send.value());
}

#[test]
fn a_copy_made_before_the_optimistic_update_calls_without_it() {
    let (_owner, remote, _client) = page();
    let query = use_query(|| count(1));
    let plain = use_mutation(|n: f64| Mutation::<()>::new("todos:add", args(n)));
    let ahead = plain.with_optimistic_update(|store, n| {
        store.update(&count(1), |count| *count += n);
    });
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    plain.dispatch(2.0);
    assert_eq!(query.get(), Some(3.0));
    ahead.dispatch(2.0);
    assert_eq!(query.get(), Some(5.0));
    assert!(plain.pending().get(), "both share their signals");
}

#[test]
fn a_mutation_reports_its_progress_and_its_result() {
    let (_owner, remote, _client) = page();
    let create = use_mutation(|text: String| {
        Mutation::<f64>::new(
            "todos:create",
            std::collections::BTreeMap::from([("text", text)]),
        )
    });
    let mut future = Box::pin(create.call("milk".to_owned()));
    let pending = create.pending();
    assert!(pending.get());
    assert!(
        remote.is_guarded(),
        "leaving is guarded before sending, too"
    );
    remote.open();
    let sent = remote.sent();
    assert_eq!(sent[2]["args"], json!([{"text": "milk"}]));
    assert!(future.as_mut().now_or_never().is_none());
    remote.receive(&json!({
        "type": "MutationResponse", "requestId": 0, "success": true, "result": 7, "ts": messages::ts(4), "logLines": [],
    }));
    remote.receive(&messages::transition((0, 0, 0), (1, 0, 4), &[]));
    assert_eq!(future.now_or_never(), Some(Ok(7.0)));
    assert_eq!(
        (pending.get(), create.value().get(), remote.is_guarded()),
        (false, Some(7.0), false)
    );
}

#[test]
fn an_optimistic_update_shows_at_once_and_is_rolled_back_when_the_mutation_fails() {
    let (_owner, remote, _client) = page();
    let query = use_query(|| count(1));
    let add = use_mutation(|n: f64| {
        Mutation::<()>::new("todos:add", std::collections::BTreeMap::from([("n", n)]))
    })
    .with_optimistic_update(|store, n| store.update(&count(1), |count| *count += n));
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    add.dispatch(2.0);
    assert_eq!(query.get(), Some(5.0));
    remote.receive(&json!({
        "type": "MutationResponse", "requestId": 0, "success": false, "result": "no", "logLines": [],
    }));
    assert_eq!(query.get(), Some(3.0));
    assert!(add.error().get().is_some());
}
