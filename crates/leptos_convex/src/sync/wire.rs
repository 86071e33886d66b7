//! Messages to and from text.
//!
//! These are the messages of the crate `convex_sync_types`, against which the tests check every frame. With
//! what it depends on, that crate itself costs a page 130 KB of WebAssembly (40 KB as brotli), so it stays
//! out of it.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value as Json};

use super::RequestKind;
use crate::{call::CallError, value::Value};

pub(super) type QueryId = u32;
/// The server's note on where pages end; to be given back unread. `None` is a note, too.
pub(super) type Journal = Option<String>;

/// A point in the database's history: nanoseconds since 1970. Travels as base64 of 8 bytes, little endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Timestamp(u64);

/// Where a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StateVersion {
    pub(super) query_set: u32,
    pub(super) identity: u32,
    pub(super) ts: Timestamp,
}

pub(super) enum ClientMessage<'a> {
    Connect {
        session: &'a str,
        connection_count: u32,
        last_close_reason: &'a str,
        max_observed: Option<Timestamp>,
        /// Milliseconds since 1970.
        client_ts: u64,
    },
    Authenticate {
        base_version: u32,
        token: Option<&'a str>,
    },
    ModifyQuerySet {
        base_version: u32,
        new_version: u32,
        modifications: Vec<Modification>,
    },
    Request {
        kind: RequestKind,
        id: u32,
        path: &'a str,
        args: &'a Value,
    },
}

pub(super) enum Modification {
    Add {
        id: QueryId,
        path: String,
        args: Json,
        journal: Option<Journal>,
    },
    Remove {
        id: QueryId,
    },
}

pub(super) enum ServerMessage {
    Transition(Transition),
    Chunk {
        text: String,
        part: u32,
        total: u32,
        id: String,
    },
    /// The time is that of a mutation's writes.
    Response {
        id: u32,
        result: Result<Value, CallError>,
        ts: Option<Timestamp>,
    },
    AuthError {
        message: String,
        base_version: Option<u32>,
        attempted: bool,
    },
    FatalError {
        message: String,
    },
    Ping,
}

pub(super) struct Transition {
    pub(super) start: StateVersion,
    pub(super) end: StateVersion,
    pub(super) updates: Vec<Update>,
    /// How far this device's clock is ahead of the server's, in milliseconds.
    pub(super) skew: Option<f64>,
}

/// A query's new result.
pub(super) struct Update {
    pub(super) id: QueryId,
    pub(super) result: Result<Arc<Value>, CallError>,
    pub(super) journal: Journal,
    pub(super) log_lines: Vec<String>,
}

/// What arrived.
pub(super) enum Incoming {
    Message(ServerMessage),
    /// A type this client does not know; newer servers may have more to say.
    Unknown(String),
    /// No message at all.
    Malformed,
}

impl ClientMessage<'_> {
    pub(super) fn encode(self) -> String {
        let fields = match self {
            Self::Connect {
                session,
                connection_count,
                last_close_reason,
                max_observed,
                client_ts,
            } => {
                let mut fields = message("Connect");
                set(&mut fields, "sessionId", session);
                set(&mut fields, "connectionCount", connection_count);
                set(&mut fields, "lastCloseReason", last_close_reason);
                set(&mut fields, "clientTs", client_ts);
                if let Some(ts) = max_observed {
                    set(&mut fields, "maxObservedTimestamp", ts.encode());
                }
                fields
            }
            Self::Authenticate {
                base_version,
                token,
            } => {
                let mut fields = message("Authenticate");
                set(&mut fields, "baseVersion", base_version);
                set(
                    &mut fields,
                    "tokenType",
                    if token.is_some() { "User" } else { "None" },
                );
                if let Some(token) = token {
                    set(&mut fields, "value", token);
                }
                fields
            }
            Self::ModifyQuerySet {
                base_version,
                new_version,
                modifications,
            } => {
                let mut fields = message("ModifyQuerySet");
                set(&mut fields, "baseVersion", base_version);
                set(&mut fields, "newVersion", new_version);
                let modifications = modifications
                    .into_iter()
                    .map(Modification::into_json)
                    .collect::<Vec<_>>();
                set(&mut fields, "modifications", modifications);
                fields
            }
            Self::Request {
                kind,
                id,
                path,
                args,
            } => {
                let mut fields = message(if kind == RequestKind::Mutation {
                    "Mutation"
                } else {
                    "Action"
                });
                set(&mut fields, "requestId", id);
                set(&mut fields, "udfPath", path);
                set(&mut fields, "args", vec![args.to_json()]);
                fields
            }
        };
        Json::Object(fields).to_string()
    }
}

impl Modification {
    fn into_json(self) -> Json {
        let (name, id) = match &self {
            Self::Add { id, .. } => ("Add", *id),
            Self::Remove { id } => ("Remove", *id),
        };
        let mut fields = message(name);
        set(&mut fields, "queryId", id);
        if let Self::Add {
            path,
            args,
            journal,
            ..
        } = self
        {
            set(&mut fields, "udfPath", path);
            set(&mut fields, "args", vec![args]);
            if let Some(journal) = journal {
                set(&mut fields, "journal", journal);
            }
        }
        Json::Object(fields)
    }
}

fn message(name: &str) -> Map<String, Json> {
    let mut fields = Map::new();
    set(&mut fields, "type", name);
    fields
}

fn set(fields: &mut Map<String, Json>, name: &str, value: impl Into<Json>) {
    fields.insert(name.to_owned(), value.into());
}

pub(super) fn decode(text: &str) -> Incoming {
    let Ok(Json::Object(fields)) = serde_json::from_str(text) else {
        return Incoming::Malformed;
    };
    let mut fields = Fields(fields);
    let Some(name) = fields.string("type") else {
        return Incoming::Malformed;
    };
    let message = match &*name {
        "Transition" => fields.transition().map(ServerMessage::Transition),
        "TransitionChunk" => fields.chunk(),
        "MutationResponse" | "ActionResponse" => fields.response(),
        "AuthError" => fields.auth_error(),
        "FatalError" => fields
            .string("error")
            .map(|message| ServerMessage::FatalError { message }),
        "Ping" => Some(ServerMessage::Ping),
        _ => return Incoming::Unknown(name),
    };
    message.map_or(Incoming::Malformed, Incoming::Message)
}

/// A JSON object being read; each field once. `None` everywhere means "not what it should be".
struct Fields(Map<String, Json>);

impl Fields {
    fn of(json: Json) -> Option<Self> {
        match json {
            Json::Object(fields) => Some(Self(fields)),
            _ => None,
        }
    }

    fn take(&mut self, name: &str) -> Json {
        self.0.get_mut(name).map(Json::take).unwrap_or_default()
    }

    fn string(&mut self, name: &str) -> Option<String> {
        match self.take(name) {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    fn number(&mut self, name: &str) -> Option<u32> {
        u32::try_from(self.take(name).as_u64()?).ok()
    }

    fn list(&mut self, name: &str) -> Option<Vec<Json>> {
        match self.take(name) {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    fn value(&mut self, name: &str) -> Option<Value> {
        Value::from_json(self.take(name)).ok()
    }

    fn timestamp(&mut self, name: &str) -> Option<Timestamp> {
        let bytes = STANDARD.decode(self.string(name)?).ok()?;
        Some(Timestamp(u64::from_le_bytes(bytes.try_into().ok()?)))
    }

    fn version(&mut self, name: &str) -> Option<StateVersion> {
        let mut fields = Self::of(self.take(name))?;
        Some(StateVersion {
            query_set: fields.number("querySet")?,
            identity: fields.number("identity")?,
            ts: fields.timestamp("ts")?,
        })
    }

    /// The error in `message`, with the data of a `ConvexError` if there are any; `null` is data, too.
    fn error(&mut self, message: &str) -> Option<CallError> {
        let data = if self.0.contains_key("errorData") {
            Some(self.value("errorData")?)
        } else {
            None
        };
        Some(CallError::from_function(self.string(message)?, data))
    }

    fn transition(mut self) -> Option<Transition> {
        let (start, end) = (self.version("startVersion")?, self.version("endVersion")?);
        let mut updates = Vec::new();
        for modification in self.list("modifications")? {
            updates.extend(Self::of(modification)?.update()?);
        }
        Some(Transition {
            start,
            end,
            updates,
            skew: self.take("clientClockSkew").as_f64(),
        })
    }

    /// `Some(None)` for what needs nothing to be done: the answer to a Remove, and what is not known.
    #[expect(
        clippy::option_option,
        reason = "the outer one is whether it can be read"
    )]
    fn update(mut self) -> Option<Option<Update>> {
        let result = match &*self.string("type")? {
            "QueryUpdated" => Ok(Arc::new(self.value("value")?)),
            "QueryFailed" => Err(self.error("errorMessage")?),
            _ => return Some(None),
        };
        let lines = self.list("logLines").unwrap_or_default();
        Some(Some(Update {
            id: self.number("queryId")?,
            result,
            journal: self.string("journal"),
            log_lines: lines
                .iter()
                .filter_map(|line| line.as_str().map(str::to_owned))
                .collect(),
        }))
    }

    fn response(mut self) -> Option<ServerMessage> {
        let result = if self.take("success").as_bool()? {
            Ok(self.value("result")?)
        } else {
            Err(self.error("result")?)
        };
        Some(ServerMessage::Response {
            id: self.number("requestId")?,
            result,
            ts: self.timestamp("ts"),
        })
    }

    fn chunk(mut self) -> Option<ServerMessage> {
        Some(ServerMessage::Chunk {
            text: self.string("chunk")?,
            part: self.number("partNumber")?,
            total: self.number("totalParts")?,
            id: self.string("transitionId")?,
        })
    }

    fn auth_error(mut self) -> Option<ServerMessage> {
        Some(ServerMessage::AuthError {
            message: self.string("error")?,
            base_version: self.number("baseVersion"),
            attempted: self.take("authUpdateAttempted").as_bool().unwrap_or(true),
        })
    }
}

impl Timestamp {
    fn encode(self) -> String {
        STANDARD.encode(self.0.to_le_bytes())
    }
}

/// Whether Convex takes this for the path of a function. It ends sessions over one it does not.
pub(super) fn is_path(path: &str) -> bool {
    let (module, function) = path.rsplit_once(':').unwrap_or((path, "default"));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let word = |text: &str| text.bytes().all(allowed) && text.bytes().any(|byte| byte != b'_');
    let module = module.strip_suffix(".js").unwrap_or(module);
    let starts_well = function
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    module.split('/').all(word) && word(function) && starts_well
}
