//! The messages of the server.
//!
//! They are encoded here: the encoding of `convex_sync_types` goes through a JSON tree per receiver,
//! while here a query result is serialized once for all clients
//! ([`ModificationTail`]).

use std::fmt::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::Value as Json;

/// The version that a transition leads from or to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct StateVersion {
    pub(super) query_set: u32,
    pub(super) identity: u32,
    pub(super) ts: u64,
}

impl StateVersion {
    fn write_json(self, out: &mut String) {
        let Self {
            query_set,
            identity,
            ts,
        } = self;
        let ts = encode_ts(ts);
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            r#"{{"querySet":{query_set},"identity":{identity},"ts":"{ts}"}}"#
        );
    }
}

/// Writes a timestamp as base64 of its eight little-endian bytes: JavaScript numbers are too short.
pub(crate) fn encode_ts(ts: u64) -> String {
    BASE64_STANDARD.encode(ts.to_le_bytes())
}

/// Returns the reverse of [`encode_ts`].
pub(crate) fn decode_ts(text: &str) -> Option<u64> {
    let bytes: [u8; 8] = BASE64_STANDARD.decode(text).ok()?.try_into().ok()?;
    Some(u64::from_le_bytes(bytes))
}

/// A change of one query in a transition, without its query id, which differs from client to client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ModificationTail {
    pub(super) kind: &'static str,
    /// The members after `queryId` and the closing brace: `,"value":…,"logLines":[…],"journal":…}`.
    pub(super) tail: Arc<str>,
}

/// One query's part of a transition.
#[derive(Debug, Clone)]
pub(super) enum Modification {
    Changed(u32, ModificationTail),
    Removed(u32),
}

impl Modification {
    fn write_json(&self, out: &mut String) {
        match self {
            Self::Changed(id, ModificationTail { kind, tail }) => {
                let _ = write!(out, r#"{{"type":"{kind}","queryId":{id}{tail}"#);
            }
            Self::Removed(id) => {
                let _ = write!(out, r#"{{"type":"QueryRemoved","queryId":{id}}}"#);
            }
        }
    }
}

/// A `Transition`: the client's query results move from one version to the next.
#[derive(Debug)]
pub(super) struct Transition {
    pub(super) start: StateVersion,
    pub(super) end: StateVersion,
    pub(super) modifications: Vec<Modification>,
    /// Client clock minus server clock at `Connect`, in milliseconds.
    pub(super) client_clock_skew: Option<i64>,
    /// Nanoseconds since the epoch, at the moment of sending.
    pub(super) server_ts: u64,
}

impl Transition {
    /// Returns an upper estimate of the size of the text, in bytes.
    pub(super) fn size(&self) -> usize {
        let changes: usize = self.modifications.iter().map(modification_size).sum();
        512 + changes
    }

    /// Serializes the transition, and drops the results that it was made of.
    pub(super) fn into_json(self) -> String {
        let mut out = String::with_capacity(self.size());
        out.push_str(r#"{"type":"Transition","startVersion":"#);
        self.start.write_json(&mut out);
        out.push_str(r#","endVersion":"#);
        self.end.write_json(&mut out);
        out.push_str(r#","modifications":["#);
        for (index, modification) in self.modifications.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            modification.write_json(&mut out);
        }
        match self.client_clock_skew {
            Some(skew) => write!(out, r#"],"clientClockSkew":{skew}"#),
            None => write!(out, r#"],"clientClockSkew":null"#),
        }
        .and_then(|()| write!(out, r#","serverTs":{}}}"#, self.server_ts))
        .unwrap_or_default();
        out
    }
}

fn modification_size(modification: &Modification) -> usize {
    match modification {
        Modification::Changed(_, tail) => tail.tail.len() + 48,
        Modification::Removed(_) => 48,
    }
}

/// Every other server message.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub(super) enum ServerMessage<'a> {
    MutationResponse {
        request_id: u32,
        success: bool,
        result: &'a Json,
        ts: Option<String>,
        log_lines: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        error_data: Option<&'a Json>,
    },
    ActionResponse {
        request_id: u32,
        success: bool,
        result: &'a Json,
        log_lines: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        error_data: Option<&'a Json>,
    },
    TransitionChunk {
        chunk: &'a str,
        part_number: usize,
        total_parts: usize,
        transition_id: &'a str,
    },
    AuthError {
        error: &'a str,
        base_version: u32,
        auth_update_attempted: bool,
    },
    FatalError {
        error: &'a str,
    },
    Ping,
}

impl ServerMessage<'_> {
    pub(super) fn to_json(&self) -> String {
        // Strings, numbers and JSON values always serialize.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_of_the_types_can_read_a_transition() {
        let tail = ModificationTail {
            kind: "QueryUpdated",
            tail: r#","value":[1,"two"],"logLines":[],"journal":null}"#.into(),
        };
        let transition = Transition {
            start: StateVersion::default(),
            end: StateVersion {
                query_set: 1,
                identity: 0,
                ts: 1_795_427_051_931_000_000,
            },
            modifications: vec![Modification::Changed(3, tail), Modification::Removed(4)],
            client_clock_skew: Some(-1),
            server_ts: 1_795_427_051_948_000_000,
        };
        let json: Json = serde_json::from_str(&transition.into_json()).unwrap();
        assert_eq!(json["startVersion"]["ts"], "AAAAAAAAAAA=");
        let ours: convex_sync_types::ServerMessage<Plain> = json.try_into().unwrap();
        let convex_sync_types::ServerMessage::Transition { modifications, .. } = ours else {
            panic!("another message: {ours:?}")
        };
        assert_eq!(modifications.len(), 2);
    }

    #[test]
    fn time_stamps_survive_the_round_trip() {
        assert_eq!(decode_ts("gCOnImSj6hg="), Some(1_795_427_051_934_000_000));
        assert_eq!(encode_ts(1_795_427_051_934_000_000), "gCOnImSj6hg=");
        assert_eq!(decode_ts("nope"), None);
    }

    /// `convex_sync_types` wants a value type it can decode into.
    #[derive(Debug, Clone, PartialEq)]
    struct Plain(Json);
    impl TryFrom<Json> for Plain {
        type Error = anyhow::Error;
        fn try_from(json: Json) -> anyhow::Result<Self> {
            Ok(Self(json))
        }
    }
}
