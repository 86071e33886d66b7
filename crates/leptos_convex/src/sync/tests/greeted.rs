//! Tests of a socket on which the page's script has sent the greeting before the client starts.

use serde_json::json;

use super::rig::{Rig, auth_error, token, transition, ts};
use crate::sync::{AuthStatus, Event, Greeting, InitialAuth, Timer, Timestamp};

/// Returns the script's greeting, with its own session and the token of `person`.
fn greeting(person: &str) -> Greeting {
    Greeting {
        session: "6f1c9f2e-0a55-4ce4-9a2c-0f6f7a0d3c11".to_owned(),
        token: token(person, 1_000, 900),
    }
}

/// Returns a client that starts as Alice, and whose first socket carries a greeting for `person`.
fn greeted(person: &str) -> Rig {
    let mut rig = Rig::new();
    let alice = InitialAuth::Token(token("alice", 1_000, 900));
    rig.handle(Event::SetAuth(alice));
    rig.subscribe(&["a:a"]);
    greet(&mut rig, person);
    rig
}

fn greet(rig: &mut Rig, person: &str) {
    let socket = rig.socket.expect("a socket is opening");
    let greeting = greeting(person);
    rig.handle(Event::Greeted { socket, greeting });
}

#[test]
fn the_client_does_not_repeat_the_greeting() {
    let mut rig = greeted("alice");
    assert_eq!(rig.sent_types(), ["ModifyQuerySet"]);
    rig.receive(&transition((0, 0, 0), (0, 1, 5), &[]));
    rig.receive(&transition((0, 1, 5), (1, 1, 5), &[(0, json!(1))]));
    assert_eq!((rig.fetches, rig.shows("a:a")), (0, Some(json!(1))));
    assert_eq!(rig.auth_history, [AuthStatus::Authenticated]);
    assert_eq!(rig.delay(Timer::RefreshToken), Some(840_000.0));
}

#[test]
fn an_answer_that_arrives_with_the_greeting_counts() {
    let mut rig = Rig::new();
    let alice = InitialAuth::Token(token("alice", 1_000, 900));
    rig.handle(Event::SetAuth(alice));
    rig.subscribe(&["a:a"]);
    let socket = rig.socket.expect("a socket is opening");
    let text = transition((0, 0, 0), (0, 1, 5), &[]).to_string();
    rig.handle_all(vec![
        Event::Greeted {
            socket,
            greeting: greeting("alice"),
        },
        Event::Message { socket, text },
    ]);
    assert_eq!(rig.sent_types(), ["ModifyQuerySet"]);
    assert_eq!(rig.delay(Timer::RefreshToken), Some(840_000.0));
    rig.receive(&transition((0, 1, 5), (1, 1, 5), &[(0, json!(1))]));
    assert_eq!(rig.shows("a:a"), Some(json!(1)));
}

#[test]
fn the_next_connection_keeps_the_session_of_the_greeting() {
    let mut rig = greeted("alice");
    rig.mutate("a:write");
    rig.reconnect();
    assert_eq!(rig.sent[0]["sessionId"], greeting("alice").session);
    assert_eq!(rig.sent[0]["connectionCount"], 1);
    assert_eq!(
        rig.sent_types(),
        ["Connect", "Authenticate", "ModifyQuerySet", "Mutation"]
    );
}

#[test]
fn a_greeting_for_another_person_is_not_used() {
    let mut rig = greeted("bob");
    assert_eq!((rig.socket, rig.sent.len()), (None, 0));
    rig.fire(Timer::Reconnect);
    rig.open();
    assert_ne!(rig.sent[0]["sessionId"], greeting("bob").session);
    assert_eq!(rig.sent[1]["value"], token("alice", 1_000, 900));
    assert_eq!(
        rig.sent_types(),
        ["Connect", "Authenticate", "ModifyQuerySet"]
    );
}

#[test]
fn a_refused_token_of_a_greeting_is_replaced() {
    let mut rig = greeted("alice");
    rig.receive(&auth_error(0, true));
    assert_eq!((rig.socket, rig.fetches), (None, 1));
}

#[test]
fn results_older_than_the_page_are_not_shown() {
    let mut rig = Rig::new();
    let alice = InitialAuth::Token(token("alice", 1_000, 900));
    rig.handle(Event::SetAuth(alice));
    let moment = Timestamp::decode(&ts(7)).expect("a timestamp");
    rig.handle(Event::Observed(moment));
    rig.subscribe(&["a:a"]);
    greet(&mut rig, "alice");
    rig.receive(&transition((0, 0, 0), (0, 1, 5), &[]));
    rig.receive(&transition((0, 1, 5), (1, 1, 6), &[(0, json!("old"))]));
    assert_eq!((rig.shows("a:a"), rig.socket), (None, None));
    rig.sent.clear();
    rig.fire(Timer::Reconnect);
    rig.open();
    assert_eq!(rig.sent[0]["maxObservedTimestamp"], ts(7));
}

#[test]
fn a_client_that_has_sent_a_mutation_keeps_its_session() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    let session = rig.sent[0]["sessionId"].clone();
    rig.mutate("a:write");
    rig.drop_connection();
    rig.sent.clear();
    rig.fire(Timer::Reconnect);
    greet(&mut rig, "alice");
    assert_eq!((rig.socket, rig.sent.len()), (None, 0));
    rig.fire(Timer::Reconnect);
    rig.open();
    assert_eq!(rig.sent[0]["sessionId"], session);
}
