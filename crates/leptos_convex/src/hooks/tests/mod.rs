//! Tests of hooks on a fake platform: from a signal in a component to the frames of the socket, and back.

mod calls;
mod hydration;
mod paginated;
mod provider;
mod rows;
#[cfg(feature = "ssr")]
mod server_error;
mod signals;
#[cfg(not(feature = "ssr"))]
mod suspense;
mod watch;

use std::sync::atomic::{AtomicU32, Ordering};

use futures::FutureExt;
use leptos::prelude::*;
use serde_json::json;

use crate::{
    CallError, ClientOptions, ConvexClient, InitialAuth, Mutation, PaginationOptions,
    PaginationResult, Preloaded, Query, QueryState, TokenOutcome, Value,
    hooks::{
        UseQueryOptions, use_convex_auth, use_preloaded_query, use_queries, use_query,
        use_query_with_options,
    },
    sync::{Timer, test_messages as messages},
    transport::fake::Remote,
};

fn page() -> (Owner, Remote, ConvexClient) {
    let remote = Remote::default();
    let client = ConvexClient::with_platform("", &ClientOptions::default(), remote.platform());
    let owner = Owner::new();
    owner.set();
    provide_context(client.clone());
    (owner, remote, client)
}

/// Signs a person in, with a token that cannot be renewed.
fn sign_in(client: &ConvexClient, person: &str) {
    let token = messages::token(person, 1_000, 900);
    client.set_auth(InitialAuth::Token(token), |_| async {
        TokenOutcome::Unknown
    });
}

fn count(of: u8) -> Query<f64> {
    Query::new(
        "todos:count",
        std::collections::BTreeMap::from([("of", of)]),
    )
}

/// Answers the queries of the first message with these values.
fn answer(remote: &Remote, values: &[serde_json::Value]) {
    let updates: Vec<_> = (0..).zip(values.iter().cloned()).collect();
    remote.receive(&messages::transition((0, 0, 0), (1, 0, 5), &updates));
}

#[test]
fn equal_queries_are_subscribed_once_and_share_the_result() {
    let (_owner, remote, _client) = page();
    let (first, second) = (use_query(|| count(1)), use_query(|| count(1)));
    assert!(
        !remote.has_socket(),
        "the subscriptions of a turn are sent together"
    );
    remote.turn();
    remote.open();
    let sent = remote.sent();
    assert_eq!(sent[1]["modifications"].as_array().map(Vec::len), Some(1));
    assert!(first.is_loading());
    answer(&remote, &[json!(3)]);
    assert_eq!((first.get(), second.get()), (Some(3.0), Some(3.0)));
}

#[test]
fn the_subscription_follows_the_arguments_and_ends_with_the_component() {
    let (owner, remote, _client) = page();
    let of = RwSignal::new(Some(1));
    let query = use_query(move || of.get().map(count));
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    remote.sent();
    of.set(Some(2));
    assert_eq!(query.state(), QueryState::Loading);
    remote.turn();
    assert_eq!(
        remote.sent()[0]["modifications"][0]["args"],
        json!([{"of": 2}])
    );
    assert!(remote.has_timer(Timer::Linger), "the former query lingers");
    of.set(None);
    assert_eq!(query.get(), None);
    remote.turn();
    of.set(Some(1));
    assert_eq!(
        query.get(),
        Some(3.0),
        "a query that still lingers shows its result at once"
    );
    owner.cleanup();
    remote.turn();
    assert!(remote.has_timer(Timer::Linger));
}

#[test]
fn only_a_changed_result_notifies() {
    let (_owner, remote, _client) = page();
    let query = use_query(|| count(1));
    let runs = StoredValue::new(0);
    let _effect = ImmediateEffect::new_isomorphic(move || {
        let _ = query.get();
        runs.update_value(|runs| *runs += 1);
    });
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    assert_eq!(runs.get_value(), 2);
    remote.receive(&messages::transition(
        (1, 0, 5),
        (1, 0, 6),
        &[(0, json!(3))],
    ));
    assert_eq!(runs.get_value(), 2);
}

#[test]
fn a_result_is_decoded_once_however_often_it_is_read() {
    static READ: AtomicU32 = AtomicU32::new(0);

    #[derive(Clone)]
    struct Counted(f64);

    impl<'de> serde::Deserialize<'de> for Counted {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            READ.fetch_add(1, Ordering::Relaxed);
            f64::deserialize(deserializer).map(Self)
        }
    }

    let (_owner, remote, _client) = page();
    let query = use_query(|| Query::<Counted>::new("todos:count", ()));
    remote.turn();
    remote.open();
    for (value, (from, to)) in [(3.0, ((0, 0, 0), (1, 0, 5))), (4.0, ((1, 0, 5), (1, 0, 6)))] {
        remote.receive(&messages::transition(from, to, &[(0, json!(value))]));
        READ.store(0, Ordering::Relaxed);
        for _ in 0..3 {
            assert_eq!(
                query.with(|counted| counted.as_ref().map(|counted| counted.0)),
                Some(value)
            );
        }
        assert_eq!(READ.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn a_result_of_the_wrong_type_is_an_error_value() {
    let (_owner, remote, _client) = page();
    let query = use_query(|| count(1));
    remote.turn();
    remote.open();
    answer(&remote, &[json!("three")]);
    assert!(matches!(query.error(), Some(CallError::Decode { .. })));
    assert!(query.result().is_some_and(|result| result.is_err()));
}

#[test]
fn a_preloaded_value_shows_from_the_start_and_goes_live_without_a_gap() {
    let (_owner, remote, _client) = page();
    let preloaded = Preloaded::new(&count(1), &Value::Float64(2.0)).expect("encodes");
    let query = use_preloaded_query(preloaded);
    assert_eq!(query.get(), Some(2.0));
    remote.turn();
    remote.open();
    assert_eq!(query.get(), Some(2.0));
    answer(&remote, &[json!(3)]);
    assert_eq!(query.get(), Some(3.0));
}

#[test]
fn a_preloaded_value_is_not_shown_to_the_next_person() {
    let (_owner, remote, client) = page();
    let token = |person| InitialAuth::Token(messages::token(person, 1_000, 900));
    client.set_auth(token("alice"), |_| async { crate::TokenOutcome::Unknown });
    let query =
        use_preloaded_query(Preloaded::new(&count(1), &Value::Float64(2.0)).expect("encodes"));
    let auth = use_convex_auth();
    remote.turn();
    assert!(auth.is_authenticated());
    assert_eq!(query.get(), Some(2.0));
    client.set_auth(token("bob"), |_| async { crate::TokenOutcome::Unknown });
    assert_eq!(query.get(), None);
}

#[test]
fn a_previous_result_is_kept_for_the_same_person_and_not_for_the_next() {
    let (_owner, remote, client) = page();
    let token = |person| InitialAuth::Token(messages::token(person, 1_000, 900));
    client.set_auth(token("alice"), |_| async { crate::TokenOutcome::Unknown });
    let of = RwSignal::new(1);
    let options = UseQueryOptions::default().with_keep_previous(true);
    let query = use_query_with_options(move || count(of.get()), options);
    remote.turn();
    remote.open();
    let confirmed = [(0, json!(3))];
    remote.receive(&messages::transition((0, 0, 0), (1, 1, 5), &confirmed));
    assert_eq!(query.get(), Some(3.0));
    of.set(2);
    remote.turn();
    assert_eq!(query.get(), Some(3.0), "kept until the next result arrives");
    client.set_auth(token("bob"), |_| async { crate::TokenOutcome::Unknown });
    assert_eq!(query.state(), QueryState::Loading, "the result was alice's");
}

#[test]
fn a_previous_result_is_kept_however_often_the_arguments_change_before_an_answer() {
    let (_owner, remote, _client) = page();
    let of = RwSignal::new(1);
    let options = UseQueryOptions::default().with_keep_previous(true);
    let query = use_query_with_options(move || count(of.get()), options);
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    assert_eq!(query.get(), Some(3.0));
    for next in 2..200 {
        of.set(next);
        assert_eq!(query.get(), Some(3.0), "{next}");
    }
}

#[test]
fn a_client_without_a_valid_url_reports_it_and_fails_its_queries() {
    let owner = Owner::new();
    owner.set();
    let remote = Remote::default();
    let client = ConvexClient::with_platform(
        "happy-animal-123",
        &ClientOptions::default(),
        remote.platform(),
    );
    provide_context(client.clone());
    let state = client.connection_state();
    let why = state.get().fatal_error.expect("says why");
    assert!(why.contains("`happy-animal-123` is not the URL"), "{why}");
    let query = use_query(|| count(1));
    remote.turn();
    assert_eq!(query.error().map(|error| error.to_string()), Some(why));
    assert!(!remote.has_socket());
}

#[test]
fn dropping_the_last_clone_closes_the_socket() {
    let (owner, remote, client) = page();
    let _query = use_query(|| count(1));
    remote.turn();
    drop(client);
    assert!(!remote.is_closed());
    owner.cleanup();
    drop(owner);
    assert!(remote.is_closed());
}

#[test]
fn one_shot_queries_take_the_first_result_and_unsubscribe() {
    let (_owner, remote, client) = page();
    let mut future = Box::pin(client.query(count(1)));
    assert!(future.as_mut().now_or_never().is_none());
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    assert_eq!(future.now_or_never(), Some(Ok(3.0)));
    remote.turn();
    assert!(remote.has_timer(Timer::Linger));
}

#[test]
fn on_the_server_nothing_happens_and_nothing_hangs() {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    let owner = Owner::new();
    owner.set();
    provide_context(client.clone());
    client.set_auth(InitialAuth::SignedOut, |_| async {
        crate::TokenOutcome::Unknown
    });
    assert!(!use_convex_auth().is_loading());
    assert!(use_query(|| count(1)).is_loading());
    assert_eq!(
        client.query(count(1)).now_or_never(),
        Some(Err(CallError::Closed))
    );
    assert_eq!(
        client
            .mutation(Mutation::<()>::new("a:b", ()))
            .now_or_never(),
        Some(Err(CallError::Closed))
    );
}

#[test]
fn a_client_on_the_server_keeps_no_queries() {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    for n in 0..3 {
        let owner = Owner::new();
        owner.with(|| {
            provide_context(client.clone());
            let _ = use_query(move || count(n));
        });
        owner.cleanup();
    }
    assert_eq!(client.queries(), 0);
}

fn messages_of(room: u8, pagination_opts: PaginationOptions) -> Query<PaginationResult<String>> {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Args {
        room: u8,
        pagination_opts: PaginationOptions,
    }
    let args = Args {
        room,
        pagination_opts,
    };
    Query::new("messages:list", args)
}

fn page_of(items: &[&str], next: &str, is_done: bool) -> serde_json::Value {
    json!({"page": items, "isDone": is_done, "continueCursor": next})
}

#[test]
fn queries_that_stay_in_the_list_are_not_sent_again() {
    let (_owner, remote, _client) = page();
    let wanted = RwSignal::new(vec![1, 2]);
    let counts = use_queries(move || {
        let query = |of| (of, count(of));
        wanted.get().into_iter().map(query).collect()
    });
    remote.turn();
    remote.open();
    answer(&remote, &[json!(10), json!("ten")]);
    assert_eq!(
        (counts.value(&1), counts.value(&2), counts.value(&3)),
        (Some(10.0), None, None)
    );
    assert!(matches!(
        counts.state(&2),
        QueryState::Error(CallError::Decode { .. })
    ));
    remote.sent();
    wanted.set(vec![3, 1]);
    assert_eq!(
        counts.states(),
        [(3, QueryState::Loading), (1, QueryState::Ready(10.0))]
    );
    remote.turn();
    let sent = remote.sent();
    let modified = sent[0]["modifications"].as_array().expect("modifies");
    assert_eq!(
        (modified.len(), &modified[0]["args"]),
        (1, &json!([{"of": 3}]))
    );
}

#[test]
fn a_prewarmed_query_has_its_result_when_it_is_used() {
    let (_owner, remote, client) = page();
    client.prewarm(&count(1));
    remote.turn();
    remote.open();
    answer(&remote, &[json!(3)]);
    remote.sent();
    assert!(remote.has_timer(Timer::Linger), "no component uses it yet");
    let query = use_query(|| count(1));
    assert_eq!(query.get(), Some(3.0));
    remote.turn();
    assert!(remote.sent().is_empty());
}
