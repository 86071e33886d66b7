//! The replay of a session recorded with the official client. This client must send the same, frame by frame.

use serde_json::Value as Json;

use super::rig::{Rig, key};
use crate::{
    call::CallError,
    sync::{Event, InitialAuth, RequestKind, Timer},
    value::Value,
};

/// Returns a message without the values that differ from run to run.
fn comparable(message: &Json) -> Json {
    let mut message = message.clone();
    if let Some(fields) = message.as_object_mut() {
        for name in ["sessionId", "clientTs"] {
            fields.remove(name);
        }
    }
    message
}

/// Makes the request that made the recorded client send `message`.
fn want(rig: &mut Rig, message: &Json) {
    let args = || Value::from_json(message["args"][0].clone()).expect("recorded arguments");
    let path = message["udfPath"].as_str().unwrap_or_default();
    match message["type"].as_str().expect("has a type") {
        "Connect" => {
            rig.handle(Event::SetAuth(InitialAuth::Token("TOKEN".to_owned())));
            rig.subscribe(&["auth:getCurrentUser", "todos:list"]);
            rig.open();
        }
        "Mutation" => {
            rig.request_with(RequestKind::Mutation, path, args(), None);
        }
        "Action" => {
            rig.request_with(RequestKind::Action, path, args(), None);
        }
        "ModifyQuerySet" => {
            rig.handle(Event::Unsubscribe(key("auth:getCurrentUser")));
            rig.now += 5_000.0;
            let gone = Event::Timer(Timer::Linger);
            rig.handle_all(vec![gone, Event::Subscribe(key("todos:count"))]);
        }
        "Authenticate" => rig.handle(Event::ClearAuth),
        other => panic!("{other} was not expected in the recording"),
    }
}

#[test]
fn the_recorded_session_is_replayed_frame_by_frame() {
    let recording: Json =
        serde_json::from_str(include_str!("recorded_session.json")).expect("is JSON");
    let mut rig = Rig::new();
    for entry in recording["log"].as_array().expect("is a list") {
        let message = &entry["message"];
        if entry["from"] == "server" {
            rig.receive(message);
            continue;
        }
        if rig.sent.is_empty() {
            want(&mut rig, message);
        }
        assert_eq!(comparable(&rig.sent.remove(0)), comparable(message));
    }
    assert!(
        rig.sent.is_empty(),
        "the recorded client sent no more: {:?}",
        rig.sent
    );
    assert!(rig.answers[&0].is_ok());
    let Err(CallError::Convex(error)) = &rig.answers[&1] else {
        panic!("a ConvexError was recorded")
    };
    assert_eq!(
        (error.text(), error.data.get("code")),
        ("Text is required", Some(&Value::from("EMPTY_TEXT")))
    );
    assert!(rig.answers[&2].is_ok());
}
