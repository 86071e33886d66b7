//! Messages to and from text, with the types of `convex_sync_types`.

use convex_sync_types as types;
use serde_json::Value as Json;

use crate::value::Value;

pub(super) type ServerMessage = types::ServerMessage<Decoded>;
pub(super) type StateModification = types::StateModification<Decoded>;
pub(super) type ErrorPayload = types::ErrorPayload<Decoded>;

/// A [`Value`] in the shape `convex_sync_types` wants.
#[derive(Debug)]
pub(super) struct Decoded(pub(super) Value);

impl TryFrom<Json> for Decoded {
    type Error = anyhow::Error;

    fn try_from(json: Json) -> Result<Self, anyhow::Error> {
        Ok(Self(Value::from_json(json)?))
    }
}

/// What arrived.
pub(super) enum Incoming {
    Message(ServerMessage),
    /// A type this client does not know; newer servers may have more to say.
    Unknown(String),
    /// No message at all.
    Malformed,
}

const KNOWN: [&str; 7] = [
    "Transition",
    "TransitionChunk",
    "MutationResponse",
    "ActionResponse",
    "AuthError",
    "FatalError",
    "Ping",
];

pub(super) fn decode(text: &str) -> Incoming {
    let Ok(json) = serde_json::from_str::<Json>(text) else {
        return Incoming::Malformed;
    };
    match json.get("type").and_then(Json::as_str) {
        Some(name) if !KNOWN.contains(&name) => Incoming::Unknown(name.to_owned()),
        _ => ServerMessage::try_from(json).map_or(Incoming::Malformed, Incoming::Message),
    }
}

/// `None` for what has no encoding, which nothing this client makes lacks.
pub(super) fn encode(message: types::ClientMessage) -> Option<String> {
    Json::try_from(message).ok().map(|json| json.to_string())
}

pub(super) fn args(args: &Value) -> Option<types::types::SerializedArgs> {
    types::types::SerializedArgs::from_args(vec![args.to_json()]).ok()
}
