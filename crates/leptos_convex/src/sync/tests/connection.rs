use serde_json::json;

use super::rig::{Rig, transition};
use crate::sync::{Event, Timer};

#[test]
fn no_socket_is_opened_before_there_is_something_to_send() {
    let mut rig = Rig::new();
    rig.handle(Event::Wake);
    assert_eq!(rig.socket, None);
    rig.subscribe(&["a:a"]);
    assert!(rig.socket.is_some());
}

#[test]
fn pauses_double_up_to_sixteen_seconds_until_a_query_is_answered() {
    let mut rig = Rig::connected(&["a:a"]);
    let mut pauses = Vec::new();
    for _ in 0..7 {
        rig.drop_connection();
        pauses.push(
            rig.delay(Timer::Reconnect)
                .expect("a reconnect is scheduled"),
        );
        rig.fire(Timer::Reconnect);
        rig.open();
    }
    assert_eq!(
        pauses,
        [
            1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0, 16_000.0, 16_000.0
        ]
    );
    rig.receive(&json!({"type": "Ping"}));
    assert_eq!(
        rig.connection.retries, 7,
        "a ping does not answer the queries"
    );
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]));
    assert_eq!(rig.connection.retries, 0);
    rig.drop_connection();
    assert_eq!(rig.delay(Timer::Reconnect), Some(1_000.0));
}

#[test]
fn reconnecting_waits_longer_for_an_overloaded_server_and_shorter_after_our_own_close() {
    let mut rig = Rig::connected(&["a:a"]);
    let socket = rig.socket.expect("open");
    rig.handle(Event::Closed {
        socket,
        code: 1011,
        reason: "CommitterFullError: full".to_owned(),
    });
    assert_eq!(rig.delay(Timer::Reconnect), Some(3_000.0));
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&json!({"type": "Transition"}));
    assert_eq!(rig.delay(Timer::Reconnect), Some(100.0));
}

#[test]
fn a_minute_of_silence_ends_the_connection_and_a_ping_postpones_that() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.now += 15_000.0;
    rig.receive(&json!({"type": "Ping"}));
    rig.fire(Timer::Inactivity);
    assert!(rig.socket.is_some());
    rig.fire(Timer::Inactivity);
    assert_eq!(rig.socket, None);
    assert_eq!(rig.connection.disconnected_since, Some(rig.now));
}

#[test]
fn a_connection_that_never_opens_is_given_up() {
    let mut rig = Rig::new();
    rig.subscribe(&["a:a"]);
    let stuck = rig.socket.expect("opening");
    rig.fire(Timer::Inactivity);
    assert_eq!(rig.socket, None);
    rig.fire(Timer::Reconnect);
    rig.handle(Event::Opened(stuck));
    assert!(rig.sent.is_empty(), "the event belongs to an old socket");
}

#[test]
fn waking_up_reconnects_at_once_and_probes_a_connection_that_may_be_dead() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.drop_connection();
    rig.handle(Event::Wake);
    rig.open();
    rig.sent.clear();
    rig.handle(Event::Wake);
    assert!(
        rig.sent.is_empty(),
        "the server was heard from a moment ago"
    );
    rig.now += 3_600_000.0;
    rig.handle(Event::Wake);
    assert_eq!(rig.sent_types(), ["ModifyQuerySet"]);
    assert_eq!(rig.delay(Timer::Inactivity), Some(5_000.0));
    rig.fire(Timer::Inactivity);
    assert_eq!(rig.socket, None);
}

#[test]
fn an_answered_probe_changes_nothing() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]));
    rig.now += 30_000.0;
    rig.handle(Event::Wake);
    rig.now += 100.0;
    rig.receive(&transition((1, 0, 5), (2, 0, 5), &[]));
    rig.fire(Timer::Inactivity);
    assert!(rig.socket.is_some());
}

#[test]
fn malformed_messages_cause_a_reconnect_and_unknown_ones_are_ignored() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&json!({"type": "Confetti", "color": "red"}));
    assert!(rig.socket.is_some());
    let socket = rig.socket.expect("open");
    rig.handle(Event::Message {
        socket,
        text: "{".to_owned(),
    });
    assert_eq!(rig.socket, None);
    assert!(rig.delay(Timer::Reconnect).is_some());
}

#[test]
fn a_fatal_error_ends_the_connection_and_fails_calls_and_queries() {
    let mut rig = Rig::connected(&["a:a", "b:b"]);
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]));
    let id = rig.mutate("a:set");
    rig.receive(&json!({"type": "FatalError", "error": "Base version 7 passed up"}));
    assert_eq!(
        rig.connection.fatal_error.as_deref(),
        Some("Base version 7 passed up")
    );
    assert!(rig.answers[&id].is_err());
    assert_eq!(rig.shows("a:a"), Some(json!(1)), "a shown result stays");
    assert_eq!(
        rig.shows("b:b"),
        Some(json!({"error": "Base version 7 passed up"}))
    );
    rig.handle(Event::Wake);
    assert_eq!(rig.socket, None);
}

#[test]
fn the_connection_state_names_the_reason_of_a_failed_attempt() {
    let mut rig = Rig::new();
    rig.subscribe(&["a:a"]);
    assert_eq!(
        rig.connection.trouble, None,
        "the first attempt has not failed"
    );
    let socket = rig.socket.expect("a socket is opening");
    rig.handle(Event::Closed {
        socket,
        code: 1006,
        reason: "WebSocketRefused".to_owned(),
    });
    assert_eq!(rig.connection.trouble.as_deref(), Some("WebSocketRefused"));
    rig.fire(Timer::Reconnect);
    rig.open();
    assert_eq!(rig.connection.trouble, None);
}

#[test]
fn a_query_subscribed_after_a_fatal_error_fails_with_it() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&json!({"type": "FatalError", "error": "Session broken"}));
    rig.subscribe(&["b:b"]);
    assert_eq!(rig.shows("b:b"), Some(json!({"error": "Session broken"})));
}
