//! The messages between the backend and a process that runs functions.
//!
//! A message is a line: a letter, and fields separated by single spaces. The last field may hold
//! spaces; where it is JSON it never holds a raw line break. `node/runner.mjs` has the same letters.
//!
//! A call has a number for as long as it runs; number 0 stands for code outside of any call. A
//! component's path has a slash before it, so that the app's path is not an empty field.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;

/// The number of code that belongs to no call.
pub(crate) const OUTSIDE: u64 = 0;

/// A message from the backend to a process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ToRunner<'a> {
    /// `I json`: which folder to load.
    Load(&'a Json),
    /// `C id now kind definition component function args`: run a function.
    Call {
        id: u64,
        /// The result of `Date.now()`, in milliseconds since 1970.
        now: u64,
        kind: Kind,
        definition: usize,
        mount: &'a str,
        /// `module:export`.
        path: &'a str,
        /// The argument object.
        args: &'a Json,
    },
    /// `G id definition component route request`: run an HTTP action.
    Http {
        id: u64,
        definition: usize,
        mount: &'a str,
        route: &'a str,
        request: &'a Json,
    },
    /// `U id base64`: a chunk of an HTTP request's body.
    BodyChunk { id: u64, bytes: &'a [u8] },
    /// `V id json`: the end of an HTTP request's body, or the error that ended it.
    BodyEnd { id: u64, problem: Option<&'a str> },
    /// `A id`: a chunk of an HTTP response is on its way to the client.
    ChunkTaken { id: u64 },
    /// `K id`: the client that waits for an HTTP response is gone.
    ClientGone { id: u64 },
    /// `Z id`: nobody waits for the end of a call any more.
    GivenUp { id: u64 },
    /// `O sequence json`: the result of a system call.
    Answer { sequence: u64, json: &'a str },
    /// `X sequence json`: the refusal of a system call.
    Refusal {
        sequence: u64,
        error: &'a FunctionError,
    },
    /// `P id`: a request for a sign of life.
    Ping,
}

impl ToRunner<'_> {
    /// Returns the line, without its line break.
    pub(crate) fn encode(&self) -> String {
        match self {
            Self::Load(settings) => format!("I {settings}"),
            Self::Call {
                id,
                now,
                kind,
                definition,
                mount,
                path,
                args,
            } => {
                let kind = kind.wire();
                format!("C {id} {now} {kind} {definition} /{mount} {path} [{args}]")
            }
            Self::Http {
                id,
                definition,
                mount,
                route,
                request,
            } => format!("G {id} {definition} /{mount} {route} {request}"),
            Self::BodyChunk { id, bytes } => format!("U {id} {}", BASE64_STANDARD.encode(bytes)),
            Self::BodyEnd { id, problem } => format!("V {id} {}", Json::from(*problem)),
            Self::ChunkTaken { id } => format!("A {id}"),
            Self::ClientGone { id } => format!("K {id}"),
            Self::GivenUp { id } => format!("Z {id}"),
            Self::Answer { sequence, json } => format!("O {sequence} {json}"),
            Self::Refusal { sequence, error } => {
                let thrown = Thrown {
                    message: error.message.clone(),
                    data: error.data.clone(),
                };
                format!("X {sequence} {}", to_json(&thrown))
            }
            Self::Ping => "P 1".to_owned(),
        }
    }
}

/// A message from a process to the backend.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FromRunner<'a> {
    /// `M json`: the manifest of the folder.
    Manifest(&'a str),
    /// `F json`: the reason why the folder does not load.
    Refused(Thrown),
    /// `R id json`: the result of a call; `null` for an HTTP action whose response has ended.
    Result { id: u64, json: &'a str },
    /// `E id json`: the error of a call.
    Error { id: u64, thrown: Thrown },
    /// `S id sequence op args`: a system call.
    Syscall {
        id: u64,
        sequence: u64,
        op: &'a str,
        args: &'a str,
    },
    /// `N id stream args`: a query that will be read.
    OpenStream { id: u64, stream: u64, args: &'a str },
    /// `D id stream`: the end of reading a query.
    CloseStream { id: u64, stream: u64 },
    /// `L id json`: a line of `console.*`.
    Log {
        id: u64,
        level: String,
        text: String,
    },
    /// `H id json`: the head of an HTTP response.
    Head { id: u64, head: Head },
    /// `B id base64`: a chunk of an HTTP response's body.
    Chunk { id: u64, bytes: Bytes },
    /// `W id`: a query has read the clock.
    ReadClock { id: u64 },
    /// `T id json`: a call does not yield; its stack in the sources, one frame per line.
    Stalled { id: u64, frames: String },
    /// `Y id json`: a call holds too much memory and does not yield.
    Swollen { id: u64, frames: String },
    /// `Q id`: a sign of life.
    Pong,
    /// A line that cannot be parsed.
    Unknown,
}

/// An error as sent over the socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Thrown {
    message: String,
    /// The `data` of a `ConvexError`. No data and `null` are different.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    data: Option<Json>,
}

/// The head of an HTTP response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Each byte of a value is one character.
    pub(crate) headers: Vec<(String, String)>,
}

impl<'a> FromRunner<'a> {
    /// Parses a line; `None` if it is not a message.
    pub(crate) fn decode(line: &'a str) -> Option<Self> {
        let (letter, rest) = line.split_once(' ')?;
        Some(match letter {
            "M" => Self::Manifest(rest),
            "F" => Self::Refused(thrown(rest)),
            "Q" => Self::Pong,
            _ => {
                let (id, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                Self::of_call(letter, id.parse().ok()?, rest)?
            }
        })
    }

    fn of_call(letter: &str, id: u64, rest: &'a str) -> Option<Self> {
        Some(match letter {
            "R" => Self::Result { id, json: rest },
            "E" => Self::Error {
                id,
                thrown: thrown(rest),
            },
            "S" => {
                let (sequence, rest) = rest.split_once(' ')?;
                let (op, args) = rest.split_once(' ')?;
                Self::Syscall {
                    id,
                    sequence: sequence.parse().ok()?,
                    op,
                    args,
                }
            }
            "N" => {
                let (stream, args) = rest.split_once(' ')?;
                Self::OpenStream {
                    id,
                    stream: stream.parse().ok()?,
                    args,
                }
            }
            "D" => Self::CloseStream {
                id,
                stream: rest.parse().ok()?,
            },
            "L" => {
                let (level, text) = serde_json::from_str(rest).ok()?;
                Self::Log { id, level, text }
            }
            "H" => Self::Head {
                id,
                head: serde_json::from_str(rest).ok()?,
            },
            "B" => Self::Chunk {
                id,
                bytes: BASE64_STANDARD.decode(rest).ok()?.into(),
            },
            "W" => Self::ReadClock { id },
            "T" => Self::Stalled {
                id,
                frames: serde_json::from_str(rest).unwrap_or_default(),
            },
            "Y" => Self::Swollen {
                id,
                frames: serde_json::from_str(rest).unwrap_or_default(),
            },
            _ => return None,
        })
    }

    /// Returns the number of the call that the message concerns, if any.
    pub(crate) fn call(&self) -> Option<u64> {
        match self {
            Self::Manifest(_) | Self::Refused(_) | Self::Pong | Self::Unknown => None,
            Self::Result { id, .. }
            | Self::Error { id, .. }
            | Self::Syscall { id, .. }
            | Self::OpenStream { id, .. }
            | Self::CloseStream { id, .. }
            | Self::Log { id, .. }
            | Self::Head { id, .. }
            | Self::Chunk { id, .. }
            | Self::ReadClock { id }
            | Self::Stalled { id, .. }
            | Self::Swollen { id, .. } => Some(*id),
        }
    }
}

impl From<Thrown> for FunctionError {
    fn from(Thrown { message, data }: Thrown) -> Self {
        Self {
            data,
            ..Self::new(message)
        }
    }
}

/// Parses an error. The result always has a message, even if the JSON is damaged.
fn thrown(json: &str) -> Thrown {
    serde_json::from_str(json).unwrap_or_else(|_| Thrown {
        message: "Uncaught Error".to_owned(),
        data: None,
    })
}

fn present<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(field).map(Some)
}

fn to_json(value: &impl Serialize) -> String {
    // Strings, numbers and lists of them always have a JSON form.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
