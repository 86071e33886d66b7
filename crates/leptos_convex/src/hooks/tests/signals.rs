//! Tests of the handles as signals, and of the person whose results they show.

use leptos::prelude::*;
use serde_json::json;

use super::{answer, count, page, sign_in};
use crate::{
    CallError, InitialAuth, Mutation, Preloaded, Query, TokenOutcome, Value,
    hooks::{use_mutation, use_preloaded_query, use_queries, use_query},
    sync::test_messages as messages,
};

/// A result that is not `Clone`, which reading by reference must not require.
#[derive(serde::Deserialize)]
struct Opaque(f64);

fn mine(value: f64) -> Preloaded<f64> {
    Preloaded::for_person(&count(1), Some(&Value::Float64(value))).expect("encodes")
}

#[test]
fn a_query_is_a_signal() {
    #[component]
    fn Shows(#[prop(into)] count: Signal<Option<f64>>) -> impl IntoView {
        count.get_untracked()
    }

    let (_owner, remote, _client) = page();
    let query = use_query(|| count(1));
    let signal: Signal<Option<f64>> = query.into();
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    assert_eq!((query.get(), signal.get()), (Some(3.0), Some(3.0)));
    assert!(query.with_untracked(Option::is_some));
    assert_eq!(*query.read_untracked(), Some(3.0));
    assert_eq!(
        query.try_get(),
        Some(Some(3.0)),
        "`try_get` works as for any signal"
    );
    let _view = view! { <Shows count=query/> };
}

#[test]
fn a_result_that_is_not_clone_is_read_by_reference() {
    let (_owner, remote, _client) = page();
    let query = use_query(|| Query::<Opaque>::new("todos:count", ()));
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    assert_eq!(
        query.with(|value| value.as_ref().map(|value| value.0)),
        Some(3.0)
    );
}

#[test]
fn after_its_component_is_gone_a_handle_returns_none_and_does_not_panic() {
    let (owner, remote, _client) = page();
    let query = use_query(|| count(1));
    let queries = use_queries(|| vec![(1, count(1))]);
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    let rows = use_query(|| Query::<Vec<f64>>::new("todos:list", ())).rows(|item| item.to_bits());
    owner.cleanup();
    assert!(query.is_disposed() && queries.is_disposed() && rows.is_disposed());
    assert_eq!((query.try_get(), query.try_get_untracked()), (None, None));
    assert_eq!((query.error(), query.is_loading()), (None, false));
    assert_eq!((queries.value(&1), queries.states()), (None, Vec::new()));
    assert!(rows.try_get().is_none());
}

#[test]
fn an_error_keeps_the_last_result() {
    let (_owner, remote, _client) = page();
    let query = use_query(|| count(1));
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    assert_eq!(query.get(), Some(3.0));
    let mut failed = messages::transition((1, 0, 5), (1, 0, 6), &[]);
    failed["modifications"] = json!([{
        "type": "QueryFailed", "queryId": 0, "errorMessage": "boom", "logLines": [], "journal": null,
    }]);
    remote.receive(&failed);
    assert_eq!(query.get(), Some(3.0));
    assert!(matches!(query.error(), Some(CallError::Server { .. })));
    assert!(query.result().is_some_and(|result| result.is_err()));
    remote.receive(&messages::transition(
        (1, 0, 6),
        (1, 0, 7),
        &[(0, json!(4))],
    ));
    assert_eq!((query.get(), query.error()), (Some(4.0), None));
}

#[test]
fn a_result_of_the_wrong_type_leaves_the_last_result_in_the_handle_and_in_its_signal() {
    let (_owner, remote, _client) = page();
    let of = RwSignal::new(1);
    let query = use_query(move || count(of.get()));
    let signal: Signal<Option<f64>> = query.into();
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    assert_eq!((query.get(), signal.get()), (Some(3.0), Some(3.0)));
    let wrong = [(0, json!("three"))];
    remote.receive(&messages::transition((1, 0, 5), (1, 0, 6), &wrong));
    assert!(matches!(query.error(), Some(CallError::Decode { .. })));
    assert_eq!((query.get(), signal.get()), (Some(3.0), Some(3.0)));
    of.set(2);
    assert_eq!((query.get(), signal.get()), (None, None));
    remote.turn();
    let wrong = [(1, json!("two"))];
    remote.receive(&messages::transition((1, 0, 6), (2, 0, 7), &wrong));
    assert_eq!((query.get(), signal.get()), (None, None));
}

#[test]
fn an_optimistic_loading_state_hides_a_preloaded_value_too() {
    let (_owner, remote, _client) = page();
    let preloaded = Preloaded::new(&count(1), &Value::Float64(2.0)).expect("encodes");
    let query = use_preloaded_query(preloaded);
    let forget = use_mutation(|()| Mutation::<()>::new("todos:forget", ()))
        .with_optimistic_update(|store, ()| store.set(&count(1), None));
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    assert_eq!(query.get(), Some(3.0));
    forget.dispatch(());
    assert_eq!((query.get(), query.get()), (None, None));
}

#[test]
fn a_changed_query_of_several_notifies_only_its_own_readers() {
    let (_owner, remote, _client) = page();
    let counts = use_queries(|| vec![(1, count(1)), (2, count(2))]);
    remote.turn();
    remote.open();
    answer(&remote, &[json!(10), json!(20)]);
    let runs = StoredValue::new([0, 0]);
    let _effects = [1_u8, 2].map(|key| {
        ImmediateEffect::new_isomorphic(move || {
            let _ = counts.value(&key);
            runs.update_value(|runs| runs[usize::from(key) - 1] += 1);
        })
    });
    remote.receive(&messages::transition(
        (1, 0, 5),
        (1, 0, 6),
        &[(1, json!(21))],
    ));
    assert_eq!(runs.get_value(), [1, 2]);
    assert_eq!(counts.value(&2), Some(21.0));
}

#[test]
fn a_person_s_preloaded_value_shows_until_the_live_one_arrives() {
    let (_owner, remote, client) = page();
    sign_in(&client, "alice");
    let query = use_preloaded_query(mine(2.0));
    let seen = StoredValue::new(Vec::new());
    let _effect = ImmediateEffect::new_isomorphic(move || {
        seen.update_value(|seen| seen.push(query.get()));
    });
    remote.turn();
    remote.open();
    remote.receive(&messages::transition(
        (0, 0, 0),
        (1, 1, 5),
        &[(0, json!(3))],
    ));
    let seen: Vec<_> = seen.get_value();
    assert!(seen.iter().all(Option::is_some), "{seen:?}");
    assert_eq!(seen.last(), Some(&Some(3.0)));
}

#[test]
fn a_person_s_preloaded_value_disappears_on_signing_out_and_never_returns() {
    let (_owner, remote, client) = page();
    sign_in(&client, "alice");
    let query = use_preloaded_query(mine(2.0));
    remote.turn();
    assert_eq!(query.get(), Some(2.0));
    client.clear_auth();
    assert_eq!(query.get(), None);
    sign_in(&client, "alice");
    assert_eq!(query.get(), None, "the value may have changed meanwhile");
    sign_in(&client, "bob");
    assert_eq!(query.get(), None);
}

#[test]
fn a_query_preloaded_for_a_person_is_not_sent_while_nobody_is_signed_in() {
    let (_owner, remote, client) = page();
    client.set_auth(InitialAuth::SignedOut, |_| async { TokenOutcome::Unknown });
    let query =
        use_preloaded_query(Preloaded::<f64>::for_person(&count(1), None).expect("encodes"));
    remote.turn();
    assert_eq!(query.get(), None);
    assert!(!remote.has_socket());
    sign_in(&client, "alice");
    assert_eq!(query.get(), None);
    remote.turn();
    remote.open();
    let asked = remote.sent();
    assert!(
        asked
            .iter()
            .any(|message| message["modifications"][0]["udfPath"] == json!("todos:count")),
        "{asked:?}"
    );
}

#[test]
fn a_first_live_result_equal_to_the_preloaded_one_notifies_nobody() {
    let (_owner, remote, _client) = page();
    let list = Query::<Vec<f64>>::new("todos:list", ());
    let value = Value::Array(vec![Value::Float64(1.0), Value::Float64(1e21)]);
    let query = use_preloaded_query(Preloaded::new(&list, &value).expect("encodes"));
    let rows = query.rows(|item| item.to_bits());
    let fired = StoredValue::new(0);
    let list_effect = ImmediateEffect::new_isomorphic(move || {
        rows.track();
        fired.update_value(|fired| *fired += 1);
    });
    let row_effects = rows.get_untracked().into_iter().map(|row| {
        ImmediateEffect::new_isomorphic(move || {
            row.track();
            fired.update_value(|fired| *fired += 1);
        })
    });
    let effects: Vec<_> = row_effects.chain([list_effect]).collect();
    fired.set_value(0);
    remote.turn();
    remote.open();
    // Convex writes the same numbers differently.
    answer(&remote, &[json!([1.0, 1e21])]);
    assert_eq!(fired.get_value(), 0);
    drop(effects);
}
