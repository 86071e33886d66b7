//! Tests of the messages against the types of `convex_sync_types`.

use convex_sync_types as official;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::rig::{auth_error, mutation_done, transition, ts};
use crate::sync::wire::{Incoming, Response, ServerMessage, decode, is_path};

struct AnyValue;

impl TryFrom<Json> for AnyValue {
    type Error = anyhow::Error;

    fn try_from(_: Json) -> Result<Self, anyhow::Error> {
        Ok(Self)
    }
}

proptest! {
    #[test]
    fn every_path_accepted_here_is_one_to_convex(path in "[a-zA-Z0-9_./:-]{0,12}") {
        prop_assert!(!is_path(&path) || path.parse::<official::UdfPath>().is_ok(), "{}", path);
    }
}

#[test]
fn common_paths_are_accepted_and_invalid_ones_are_not() {
    for path in [
        "todos:list",
        "todos",
        "folder/sub_folder/file:name",
        "a.js:default",
    ] {
        assert!(is_path(path), "{path}");
    }
    for path in ["", ":", "a:", ":a", "a b:c", "a:1", "../a:b", "a//b:c"] {
        assert!(!is_path(path), "{path}");
    }
}

#[test]
fn messages_of_convex_are_decoded_and_malformed_ones_refused() {
    let said = [
        transition(
            (0, 0, 0),
            (1, 1, 5),
            &[(0, json!({"n": {"$integer": ts(1)}}))],
        ),
        mutation_done(1, 5),
        auth_error(0, true),
        json!({"type": "FatalError", "error": "e"}),
        json!({"type": "Ping"}),
        json!({"type": "ActionResponse", "requestId": 0, "success": false, "result": "m", "errorData": null, "logLines": []}),
        json!({"type": "TransitionChunk", "chunk": "c", "partNumber": 0, "totalParts": 1, "transitionId": "t"}),
    ];
    for message in said {
        assert!(
            official::ServerMessage::<AnyValue>::try_from(message.clone()).is_ok(),
            "{message}"
        );
        assert!(
            matches!(decode(&message.to_string()), Incoming::Message(_)),
            "{message}"
        );
    }
    let malformed = [
        json!([]),
        json!({}),
        json!({"type": "Transition", "startVersion": {}, "endVersion": {}, "modifications": []}),
        json!({"type": "MutationResponse", "requestId": -1, "success": true, "result": null, "logLines": []}),
        json!({"type": "FatalError"}),
        transition((0, 0, 0), (1, 0, 5), &[(0, json!({"$integer": "?"}))]),
    ];
    for message in malformed {
        assert!(
            matches!(decode(&message.to_string()), Incoming::Malformed),
            "{message}"
        );
    }
}

#[test]
fn a_convex_error_whose_data_is_null_is_a_convex_error() {
    let message = json!({
        "type": "ActionResponse", "requestId": 0, "success": false, "result": "m", "errorData": null, "logLines": [],
    });
    let Incoming::Message(ServerMessage::Response(Response {
        result: Err(error), ..
    })) = decode(&message.to_string())
    else {
        panic!("the response is not a failure");
    };
    assert!(error.as_convex_error().is_some());
}
