//! The messages of a client, parsed without a JSON tree, which can take a hundred times the memory of the text.
//!
//! Arguments stay text, and unused fields are skipped.

use std::fmt;

use convex_sync_types::types::{ClientEvent, SerializedArgs};
use convex_sync_types::{
    AuthenticationToken, ClientMessage, Query, QueryId, QuerySetModification, Timestamp,
};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::bounds::{MAX_QUERIES, MAX_WAITING_CHANGES};
use super::error::SessionError;
use super::message::decode_ts;
use super::spec::parse_path;

/// The longest description of the person that an administrator acts as.
const MAX_ACTING_AS: usize = 64 << 10;

/// Parses a text frame.
pub(super) fn parse_client_message(text: &str) -> Result<ClientMessage, SessionError> {
    let read = match part::<Tag>(text).map(|tag| tag.kind) {
        Ok(Kind::Connect) => part::<Connect>(text).and_then(Connect::read),
        Ok(Kind::ModifyQuerySet) => match part::<ModifyQuerySet<'_>>(text) {
            Ok(message) => return message.read(),
            Err(error) => Err(error),
        },
        Ok(Kind::Mutation) => part::<Call<'_>>(text).and_then(Call::read_mutation),
        Ok(Kind::Action) => part::<Call<'_>>(text).and_then(Call::read_action),
        Ok(Kind::Authenticate) => part::<Authenticate<'_>>(text).and_then(Authenticate::read),
        Ok(Kind::Event) => part::<Event>(text).map(|Event { event_type, event }| {
            let IgnoredAny = event;
            let event = Json::Null;
            ClientMessage::Event(ClientEvent { event_type, event })
        }),
        Err(error) => Err(error),
    };
    read.map_err(invalid)
}

fn part<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(worded)
}

fn worded(error: impl fmt::Display) -> String {
    error.to_string()
}

fn invalid(error: impl fmt::Display) -> SessionError {
    SessionError::Client(format!("Received Invalid JSON on websocket: {error}"))
}

#[derive(Deserialize)]
struct Tag {
    #[serde(rename = "type")]
    kind: Kind,
}

#[derive(Deserialize)]
enum Kind {
    Connect,
    ModifyQuerySet,
    Mutation,
    Action,
    Authenticate,
    Event,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connect {
    session_id: String,
    connection_count: u32,
    last_close_reason: Option<String>,
    max_observed_timestamp: Option<String>,
    client_ts: Option<i64>,
}

impl Connect {
    fn read(self) -> Result<ClientMessage, String> {
        let observed = |text: String| {
            let ts = decode_ts(&text).ok_or("maxObservedTimestamp is none")?;
            Timestamp::try_from(ts).map_err(worded)
        };
        Ok(ClientMessage::Connect {
            session_id: self.session_id.parse().map_err(worded)?,
            connection_count: self.connection_count,
            last_close_reason: self.last_close_reason.unwrap_or_default(),
            max_observed_timestamp: self.max_observed_timestamp.map(observed).transpose()?,
            client_ts: self.client_ts.map(i64::cast_unsigned),
        })
    }
}

/// A mutation or action.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call<'a> {
    request_id: u32,
    udf_path: String,
    component_path: Option<String>,
    #[serde(borrow)]
    args: &'a RawValue,
}

impl Call<'_> {
    fn read_mutation(self) -> Result<ClientMessage, String> {
        Ok(ClientMessage::Mutation {
            request_id: self.request_id,
            udf_path: parse_path(&self.udf_path)?,
            args: SerializedArgs::from_raw(self.args.to_owned()),
            component_path: self.component_path,
        })
    }

    fn read_action(self) -> Result<ClientMessage, String> {
        Ok(ClientMessage::Action {
            request_id: self.request_id,
            udf_path: parse_path(&self.udf_path)?,
            args: SerializedArgs::from_raw(self.args.to_owned()),
            component_path: self.component_path,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModifyQuerySet<'a> {
    base_version: u32,
    new_version: u32,
    #[serde(borrow)]
    modifications: Changes<'a>,
}

impl ModifyQuerySet<'_> {
    fn read(self) -> Result<ClientMessage, SessionError> {
        let Changes::Some(changes) = self.modifications else {
            return Err(SessionError::Client(format!(
                "Too many changes at once: one client may subscribe to {MAX_QUERIES} queries at a time"
            )));
        };
        let modifications: Result<_, _> = changes.into_iter().map(Change::read).collect();
        Ok(ClientMessage::ModifyQuerySet {
            base_version: self.base_version,
            new_version: self.new_version,
            modifications: modifications.map_err(invalid)?,
        })
    }
}

/// The changes of the query set in one message, as many as are kept.
enum Changes<'a> {
    Some(Vec<Change<'a>>),
    TooMany,
}

impl<'de: 'a, 'a> Deserialize<'de> for Changes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Array;
        impl<'de> Visitor<'de> for Array {
            type Value = Changes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Changes<'de>, A::Error> {
                let mut changes = Vec::new();
                while changes.len() < MAX_WAITING_CHANGES {
                    let Some(change) = items.next_element()? else {
                        return Ok(Changes::Some(changes));
                    };
                    changes.push(change);
                }
                let mut more = false;
                while items.next_element::<IgnoredAny>()?.is_some() {
                    more = true;
                }
                Ok(match more {
                    true => Changes::TooMany,
                    false => Changes::Some(changes),
                })
            }
        }
        deserializer.deserialize_seq(Array)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    #[serde(rename = "type")]
    kind: ChangeKind,
    query_id: u32,
    #[serde(default)]
    udf_path: String,
    #[serde(borrow)]
    args: Option<&'a RawValue>,
    journal: Option<String>,
    component_path: Option<String>,
}

#[derive(Deserialize)]
enum ChangeKind {
    Add,
    Remove,
}

impl Change<'_> {
    fn read(self) -> Result<QuerySetModification, String> {
        let query_id = QueryId::new(self.query_id);
        Ok(match self.kind {
            ChangeKind::Add => QuerySetModification::Add(Query {
                query_id,
                udf_path: parse_path(&self.udf_path)?,
                args: SerializedArgs::from_raw(
                    self.args.map(ToOwned::to_owned).unwrap_or_default(),
                ),
                journal: Some(self.journal),
                component_path: self.component_path,
            }),
            ChangeKind::Remove => QuerySetModification::Remove { query_id },
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authenticate<'a> {
    base_version: u32,
    token_type: TokenType,
    value: Option<String>,
    #[serde(borrow, rename = "acting_as", alias = "impersonating")]
    acting_as: Option<&'a RawValue>,
}

#[derive(Deserialize)]
enum TokenType {
    Admin,
    User,
    None,
}

impl Authenticate<'_> {
    fn read(self) -> Result<ClientMessage, String> {
        let value = self.value.ok_or("missing field `value`".to_owned());
        let acting_as = |text: &RawValue| {
            if text.get().len() > MAX_ACTING_AS {
                return Err(format!("impersonating: {MAX_ACTING_AS} bytes are the most"));
            }
            let attributes = part::<Json>(text.get())?;
            attributes.try_into().map_err(worded)
        };
        let token = match self.token_type {
            TokenType::Admin => {
                AuthenticationToken::Admin(value?, self.acting_as.map(acting_as).transpose()?)
            }
            TokenType::User => AuthenticationToken::User(value?),
            TokenType::None => AuthenticationToken::None,
        };
        Ok(ClientMessage::Authenticate {
            base_version: self.base_version,
            token,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_type: String,
    event: IgnoredAny,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Reads a message as the crate of the types does, by way of a tree.
    fn by_tree(message: &Json) -> ClientMessage {
        message.clone().try_into().expect("a message")
    }

    #[test]
    fn messages_are_read_as_the_crate_of_the_types_reads_them() {
        let session = "3f1c2b4e-0000-4000-8000-000000000001";
        let args = json!([{ "a": [1.5, "é", null] }]);
        for message in [
            json!({ "type": "Connect", "sessionId": session, "connectionCount": 1, "lastCloseReason": "x",
                "maxObservedTimestamp": "gCOnImSj6hg=", "clientTs": 1_795_427_051_946_u64, "later": [1] }),
            json!({ "type": "ModifyQuerySet", "baseVersion": 0, "newVersion": 1, "modifications": [
                { "type": "Add", "queryId": 1, "udfPath": "todos:list", "args": args, "journal": "end" },
                { "type": "Add", "queryId": 2, "udfPath": "todos:list", "args": args, "journal": null,
                    "componentPath": "auth" },
                { "type": "Remove", "queryId": 1 },
            ] }),
            json!({ "type": "Mutation", "requestId": 3, "udfPath": "todos:add", "args": args }),
            json!({ "type": "Action", "requestId": 4, "udfPath": "mails:send", "args": args,
                "componentPath": null }),
            json!({ "type": "Authenticate", "baseVersion": 0, "tokenType": "None" }),
            json!({ "type": "Authenticate", "baseVersion": 1, "tokenType": "User", "value": "a.b.c" }),
            json!({ "type": "Authenticate", "baseVersion": 2, "tokenType": "Admin", "value": "key",
                "impersonating": { "issuer": "https://a", "subject": "b", "role": "c" } }),
            json!({ "type": "Event", "eventType": "ClientConnect", "event": null }),
        ] {
            let read = parse_client_message(&message.to_string()).expect("a message");
            assert_eq!(read, by_tree(&message), "{message}");
        }
    }

    #[test]
    fn unknown_kinds_and_missing_fields_are_named() {
        for (text, missed) in [
            (r#"{"type":"Nonsense"}"#, "unknown variant `Nonsense`"),
            (r#"{"requestId":1}"#, "missing field `type`"),
            (r#"{"type":"Connect"}"#, "missing field `sessionId`"),
            (
                r#"{"type":"Mutation","requestId":0,"udfPath":"a:b"}"#,
                "missing field `args`",
            ),
            (
                r#"{"type":"Authenticate","baseVersion":0,"tokenType":"User"}"#,
                "missing field `value`",
            ),
        ] {
            let error = parse_client_message(text)
                .expect_err("incomplete")
                .to_string();
            assert!(
                error.starts_with("Received Invalid JSON on websocket: "),
                "{error}"
            );
            assert!(error.contains(missed), "{error}");
        }
    }

    #[test]
    fn the_content_of_an_event_is_skipped() {
        let text = r#"{"type":"Event","eventType":"x","event":{"a":[{"":0},{"":0}]}}"#;
        let ClientMessage::Event(event) = parse_client_message(text).expect("an event") else {
            panic!("another message");
        };
        assert_eq!((event.event_type.as_str(), event.event), ("x", Json::Null));
    }

    #[test]
    fn a_message_changes_a_limited_number_of_queries() {
        let changes = |count: usize| {
            let change = r#"{"type":"Remove","queryId":0}"#;
            let changes = vec![change; count].join(",");
            let head = r#"{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1"#;
            parse_client_message(&format!("{head},\"modifications\":[{changes}]}}"))
        };
        assert!(changes(MAX_WAITING_CHANGES).is_ok());
        let refused = changes(MAX_WAITING_CHANGES + 1)
            .expect_err("too many")
            .to_string();
        assert!(refused.contains(&MAX_QUERIES.to_string()), "{refused}");
    }
}
