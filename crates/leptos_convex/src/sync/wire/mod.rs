//! Protocol messages and their text.
//!
//! The messages are those of the crate `convex_sync_types`, and the tests compare every frame with it. Together with
//! its dependencies, that crate itself costs a page 130 KB of WebAssembly (40 KB as brotli), so it is not part of the
//! page.
//!
//! A message is read once from front to back. Results stay text until they are needed.

mod encode;

use std::borrow::Cow;

use crate::{
    base64,
    call::CallError,
    value::{Encoded, MalformedValue, Reader, Value},
};

/// The number of a mutation or action. Together with the session id it makes a mutation's execution unique.
pub(crate) type RequestId = u32;
/// A query's current result.
pub(crate) type QueryResult = Result<Encoded, CallError>;
pub(super) type QueryId = u32;
/// The server's note of where pages end. It is sent back unread. `None` is a valid note, too.
pub(super) type Journal = Option<String>;

/// A point in the database's history: nanoseconds since 1970. It is sent as base64 of 8 bytes, little endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    Mutation,
    Action,
}

/// The version of a session.
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
        id: RequestId,
        path: &'a str,
        args: &'a Value,
    },
}

pub(super) enum Modification {
    Add {
        id: QueryId,
        path: String,
        /// The arguments as encoded JSON.
        args: String,
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
    Response(Response),
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

/// The answer to a mutation or action.
pub(super) struct Response {
    pub(super) id: RequestId,
    pub(super) result: Result<Encoded, CallError>,
    /// The time of a mutation's writes.
    pub(super) ts: Option<Timestamp>,
    pub(super) log_lines: Vec<String>,
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
    pub(super) result: QueryResult,
    pub(super) journal: Journal,
    pub(super) log_lines: Vec<String>,
}

/// A message from the server.
pub(super) enum Incoming {
    Message(ServerMessage),
    /// A message of an unknown type; newer servers may have more types.
    Unknown(String),
    /// Text that is not a message.
    Malformed,
}

pub(super) fn decode(text: &str) -> Incoming {
    message(text).unwrap_or(Incoming::Malformed)
}

fn message(text: &str) -> Option<Incoming> {
    let mut reader = Reader::new(text);
    let fields = Fields::read(&mut reader).ok()?;
    reader.end().ok()?;
    let name = fields.string("type")?;
    let message = match &*name {
        "Transition" => ServerMessage::Transition(fields.transition()?),
        "TransitionChunk" => fields.chunk()?,
        "MutationResponse" | "ActionResponse" => ServerMessage::Response(fields.response()?),
        "AuthError" => fields.auth_error()?,
        "FatalError" => ServerMessage::FatalError {
            message: fields.string("error")?,
        },
        "Ping" => ServerMessage::Ping,
        _ => return Some(Incoming::Unknown(name)),
    };
    Some(Incoming::Message(message))
}

/// The fields of an object, each as its text. `None` always means "not of the expected form".
#[derive(Default)]
struct Fields<'a> {
    fields: Vec<(Cow<'a, str>, &'a str)>,
    /// The field `modifications`. It is decoded while the message is read, because it is most of a message.
    updates: Option<Vec<Update>>,
}

impl<'a> Fields<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, MalformedValue> {
        let mut fields = Self::default();
        fields.fill(reader)?;
        Ok(fields)
    }

    /// Reads the message into `self`, replacing the former content.
    fn fill(&mut self, reader: &mut Reader<'a>) -> Result<(), MalformedValue> {
        self.fields.clear();
        reader.open(b'{')?;
        let mut first = true;
        while let Some(name) = reader.next_field(&mut first)? {
            if name == "modifications" {
                self.updates = Some(updates(reader)?);
            } else {
                self.fields.push((name, reader.skip()?));
            }
        }
        Ok(())
    }

    fn raw(&self, name: &str) -> Option<Reader<'a>> {
        let (_, text) = self.fields.iter().find(|(known, _)| known == name)?;
        Some(Reader::new(text))
    }

    fn string(&self, name: &str) -> Option<String> {
        Some(self.raw(name)?.string().ok()?.into_owned())
    }

    fn float(&self, name: &str) -> Option<f64> {
        self.raw(name)?.number().ok()
    }

    fn number(&self, name: &str) -> Option<u32> {
        let number = self.float(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be an integer in range"
        )]
        (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number))
            .then_some(number as u32)
    }

    fn value(&self, name: &str) -> Option<Encoded> {
        let (_, text) = self.fields.iter().find(|(known, _)| known == name)?;
        Some(Encoded::passed(text))
    }

    fn timestamp(&self, name: &str) -> Option<Timestamp> {
        Timestamp::decode(&self.string(name)?)
    }

    fn version(&self, name: &str) -> Option<StateVersion> {
        let fields = Fields::read(&mut self.raw(name)?).ok()?;
        Some(StateVersion {
            query_set: fields.number("querySet")?,
            identity: fields.number("identity")?,
            ts: fields.timestamp("ts")?,
        })
    }

    /// Returns the output of functions, for developers.
    fn log_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if cfg!(debug_assertions)
            && let Some(mut reader) = self.raw("logLines")
            && reader.open(b'[').is_ok()
        {
            let mut first = true;
            while let Ok(true) = reader.next_item(&mut first) {
                let Ok(line) = reader.string() else { break };
                lines.push(line.into_owned());
            }
        }
        lines
    }

    /// Returns the error in `message`, with the data of a `ConvexError` if there are any. `null` is data, too.
    fn error(&self, message: &str) -> Option<CallError> {
        let data = match self.raw("errorData") {
            Some(mut reader) => Some(reader.value().ok()?),
            None => None,
        };
        Some(CallError::from_function(self.string(message)?, data))
    }

    fn transition(self) -> Option<Transition> {
        Some(Transition {
            start: self.version("startVersion")?,
            end: self.version("endVersion")?,
            skew: self.float("clientClockSkew"),
            updates: self.updates?,
        })
    }

    /// Reads a message. Returns `Some(None)` for a modification that needs no reaction: the answer to a Remove, or an
    /// unknown one.
    #[expect(
        clippy::option_option,
        reason = "the outer one is whether it can be read"
    )]
    fn update(&self) -> Option<Option<Update>> {
        let result = match &*self.raw("type")?.string().ok()? {
            "QueryUpdated" => Ok(self.value("value")?),
            "QueryFailed" => Err(self.error("errorMessage")?),
            _ => return Some(None),
        };
        Some(Some(Update {
            id: self.number("queryId")?,
            result,
            journal: self.string("journal"),
            log_lines: self.log_lines(),
        }))
    }

    fn response(&self) -> Option<Response> {
        let result = if self.raw("success")?.boolean().ok()? {
            Ok(self.value("result")?)
        } else {
            Err(self.error("result")?)
        };
        Some(Response {
            id: self.number("requestId")?,
            result,
            ts: self.timestamp("ts"),
            log_lines: self.log_lines(),
        })
    }

    fn chunk(&self) -> Option<ServerMessage> {
        Some(ServerMessage::Chunk {
            text: self.string("chunk")?,
            part: self.number("partNumber")?,
            total: self.number("totalParts")?,
            id: self.string("transitionId")?,
        })
    }

    fn auth_error(&self) -> Option<ServerMessage> {
        let attempted = self.raw("authUpdateAttempted");
        Some(ServerMessage::AuthError {
            message: self.string("error")?,
            base_version: self.number("baseVersion"),
            attempted: attempted.is_none_or(|mut attempted| attempted.boolean().unwrap_or(true)),
        })
    }
}

fn updates(reader: &mut Reader<'_>) -> Result<Vec<Update>, MalformedValue> {
    let mut updates = Vec::new();
    let mut fields = Fields::default();
    let mut first = true;
    reader.open(b'[')?;
    while reader.next_item(&mut first)? {
        fields.fill(reader)?;
        updates.extend(
            fields
                .update()
                .ok_or(MalformedValue::new("not an update"))?,
        );
    }
    Ok(updates)
}

impl Timestamp {
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let bytes = base64::decode(text)?;
        Some(Self(u64::from_le_bytes(bytes.try_into().ok()?)))
    }

    pub(crate) fn encode(self) -> String {
        base64::encode(&self.0.to_le_bytes())
    }
}

/// Returns whether Convex accepts this text as the path of a function. Convex ends sessions over other text.
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
