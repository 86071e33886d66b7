use serde_json::json;

use super::rig::{Rig, SETTINGS, key, transition};
use crate::sync::{Event, Settings, Timer};

#[test]
fn queries_subscribed_together_are_one_message_and_equal_queries_are_sent_once() {
    let mut rig = Rig::new();
    rig.subscribe(&["a:a", "b:b", "a:a"]);
    rig.open();
    assert_eq!(rig.sent[0]["type"], "Connect");
    assert_eq!(
        rig.sent[1]["modifications"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(
        rig.sent[1]["modifications"][0],
        json!({"type": "Add", "queryId": 0, "udfPath": "a:a", "args": [{}]})
    );
    assert_eq!(rig.sent.len(), 2);
}

#[test]
fn a_transition_is_published_as_one_change_and_equal_values_not_at_all() {
    let mut rig = Rig::connected(&["a:a", "b:b"]);
    rig.receive(&transition(
        (0, 0, 0),
        (1, 0, 5),
        &[(0, json!(1)), (1, json!("x"))],
    ));
    assert_eq!(
        (rig.shows("a:a"), rig.shows("b:b"), rig.publications),
        (Some(json!(1)), Some(json!("x")), 1)
    );
    rig.receive(&transition((1, 0, 5), (1, 0, 6), &[(0, json!(1))]));
    assert_eq!(rig.publications, 1, "the same value is not published again");
}

#[test]
fn a_failed_query_is_an_error_and_recovers() {
    let mut rig = Rig::connected(&["a:a"]);
    let mut failed = transition((0, 0, 0), (1, 0, 5), &[]);
    failed["modifications"] = json!([{
        "type": "QueryFailed", "queryId": 0, "errorMessage": "Uncaught", "errorData": {"message": "Nope"},
        "logLines": [], "journal": null,
    }]);
    rig.receive(&failed);
    assert_eq!(rig.shows("a:a"), Some(json!({"error": "Nope"})));
    rig.receive(&transition((1, 0, 5), (1, 0, 6), &[(0, json!(2))]));
    assert_eq!(rig.shows("a:a"), Some(json!(2)));
}

#[test]
fn a_query_lingers_after_its_last_subscriber() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]));
    rig.handle(Event::Unsubscribe(key("a:a")));
    rig.handle(Event::Subscribe(key("a:a")));
    assert!(
        rig.sent.is_empty(),
        "subscribing again in time sends nothing"
    );
    rig.handle(Event::Unsubscribe(key("a:a")));
    rig.now += 5_000.0;
    rig.fire(Timer::Linger);
    assert_eq!(
        rig.sent[0]["modifications"],
        json!([{"type": "Remove", "queryId": 0}])
    );
    assert_eq!(rig.shows("a:a"), None);
    rig.receive(&transition((1, 0, 5), (2, 0, 6), &[(0, json!(2))]));
    assert_eq!(
        rig.shows("a:a"),
        None,
        "a late result of a dropped query is ignored"
    );
}

#[test]
fn a_query_may_linger_for_longer_than_a_timer_can_run() {
    let mut rig = Rig::with_settings(Settings {
        linger: u32::MAX,
        ..SETTINGS
    });
    rig.subscribe(&["a:a"]);
    rig.open();
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]));
    rig.handle(Event::Unsubscribe(key("a:a")));
    let end = rig.now + f64::from(u32::MAX);
    while rig.shows("a:a").is_some() {
        let delay = rig.delay(Timer::Linger).expect("is set");
        assert!(delay <= f64::from(i32::MAX), "{delay} is at once");
        rig.fire(Timer::Linger);
    }
    assert!(rig.now >= end);
}

#[test]
fn a_query_dropped_before_connecting_is_never_sent() {
    let mut rig = Rig::new();
    rig.subscribe(&["a:a", "b:b"]);
    rig.handle(Event::Unsubscribe(key("a:a")));
    rig.now += 5_000.0;
    rig.fire(Timer::Linger);
    rig.open();
    let expected = json!([{"type": "Add", "queryId": 1, "udfPath": "b:b", "args": [{}]}]);
    assert_eq!(rig.sent[1]["modifications"], expected);
}

#[test]
fn a_query_with_an_invalid_path_is_neither_added_nor_removed() {
    let mut rig = Rig::connected(&["a:a", "a b:c"]);
    assert!(rig.shows("a b:c").is_some_and(|it| it["error"].is_string()));
    rig.handle(Event::Unsubscribe(key("a b:c")));
    rig.now += 5_000.0;
    rig.fire(Timer::Linger);
    assert!(rig.sent.is_empty(), "{:?}", rig.sent);
    rig.reconnect();
    let expected = json!([{"type": "Add", "queryId": 0, "udfPath": "a:a", "args": [{}]}]);
    assert_eq!(rig.sent[1]["modifications"], expected);
}

#[test]
fn a_reconnect_sends_queries_with_their_journals_and_keeps_their_results() {
    let mut rig = Rig::connected(&["a:a"]);
    let mut first = transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]);
    first["modifications"][0]["journal"] = json!("J");
    rig.receive(&first);
    rig.reconnect();
    assert_eq!(rig.shows("a:a"), Some(json!(1)));
    assert_eq!(rig.sent[0]["connectionCount"], 1);
    assert_eq!(rig.sent[0]["maxObservedTimestamp"], super::rig::ts(5));
    assert_eq!(rig.sent[1]["baseVersion"], 0);
    assert_eq!(rig.sent[1]["modifications"][0]["journal"], "J");
    rig.receive(&transition((0, 0, 0), (1, 0, 7), &[(0, json!(1))]));
    assert_eq!(rig.publications, 1, "an equal result is not published");
}

#[test]
fn a_transition_from_another_version_causes_a_reconnect() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&transition((3, 0, 0), (4, 0, 5), &[(0, json!(1))]));
    assert_eq!(rig.socket, None);
    assert_eq!(rig.shows("a:a"), None);
    rig.fire(Timer::Reconnect);
    rig.open();
    assert_eq!(rig.sent_types(), ["Connect", "ModifyQuerySet"]);
}

#[test]
fn a_transition_in_chunks_is_put_together() {
    let text = transition((0, 0, 0), (1, 0, 5), &[(0, json!("long"))]).to_string();
    let (a, b) = text.split_at(20);
    let chunk = |text: &str, part: u32, id: &str| json!({"type": "TransitionChunk", "chunk": text, "partNumber": part, "totalParts": 2, "transitionId": id});
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&chunk(a, 0, "t"));
    assert_eq!(rig.shows("a:a"), None);
    rig.receive(&chunk(b, 1, "t"));
    assert_eq!(rig.shows("a:a"), Some(json!("long")));

    for parts in [
        [chunk(a, 0, "t"), chunk(b, 1, "u")],
        [chunk(a, 0, "t"), chunk(a, 0, "t")],
    ] {
        let mut rig = Rig::connected(&["a:a"]);
        parts.iter().for_each(|part| rig.receive(part));
        assert_eq!(rig.socket, None, "chunks that do not fit: {parts:?}");
    }
}
