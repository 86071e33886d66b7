//! A connection of one person: queries in, results of one moment out, and mutations. A server keeps it for a visitor.
//!
//! It does much less than the browser's [`Core`](super::Core): it uses one token and does not reconnect. Any
//! irregularity ends it, and the server asks over HTTP.

mod frame;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

pub(crate) use self::frame::Frame;
use super::{
    RequestId, RequestKind,
    wire::{
        self, ClientMessage, Incoming, Modification, QueryId, Response, ServerMessage,
        StateVersion, Timestamp, Transition,
    },
};
use crate::{
    call::{CallError, QueryKey},
    value::{Encoded, Value},
};

/// The end of the connection: Convex refuses the token, calls the session broken, or sends a message that makes no
/// sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended;

/// The content of a message.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Nothing that needs a reaction.
    Nothing,
    /// A new moment: see [`Follower::frame`].
    Moment,
    /// The outcome of a mutation: its result and the moment of its writes, or an error after which it wrote nothing.
    Outcome(RequestId, Result<(Encoded, Timestamp), CallError>),
}

/// Identifies a client to Convex across all its connections. Convex runs a mutation once for each client and number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(Uuid);

impl Client {
    pub(crate) fn new() -> Self {
        Self(Uuid::new_v4())
    }
}

/// Returns the message that runs a mutation, or `None` when `path` is not the path of a function: Convex would end
/// the connection over it.
pub(crate) fn mutation(id: RequestId, path: &str, args: &Value) -> Option<String> {
    wire::is_path(path).then(|| {
        let kind = RequestKind::Mutation;
        ClientMessage::Request {
            kind,
            id,
            path,
            args,
        }
        .encode()
    })
}

/// The protocol's side of the connection, without I/O.
#[derive(Debug)]
pub(crate) struct Follower {
    /// The server's version as of its last transition.
    version: StateVersion,
    /// The version of the query set after the server has read all messages sent.
    asked: u32,
    queries: HashMap<QueryId, QueryKey>,
    next_id: QueryId,
    frame: Arc<Frame>,
}

impl Follower {
    /// Returns a connection of a client that has had `connections` connections before, and its first messages: the
    /// greeting and the token.
    pub(crate) fn start(
        client: Client,
        connections: u32,
        token: &str,
        now: u64,
    ) -> (Self, [String; 2]) {
        let greeting = ClientMessage::Connect {
            session: &client.0.to_string(),
            connection_count: connections,
            last_close_reason: match connections {
                0 => "InitialConnect",
                _ => "ConnectionLost",
            },
            max_observed: None,
            client_ts: now,
        };
        let identity = ClientMessage::Authenticate {
            base_version: 0,
            token: Some(token),
        };
        let follower = Self {
            version: StateVersion::default(),
            asked: 0,
            queries: HashMap::new(),
            next_id: 0,
            frame: Arc::default(),
        };
        (follower, [greeting.encode(), identity.encode()])
    }

    /// Adds queries and removes others. The message also asks for the current moment: it is answered with a
    /// transition even when it changes nothing.
    pub(crate) fn ask(&mut self, add: Vec<QueryKey>, remove: &[QueryKey]) -> String {
        let mut modifications = Vec::new();
        let gone = self.queries.extract_if(|_, key| remove.contains(key));
        for (id, key) in gone {
            Arc::make_mut(&mut self.frame).remove(&key);
            modifications.push(Modification::Remove { id });
        }
        for key in add {
            // Convex would end the session over an invalid path. Over HTTP it returns an error.
            if !wire::is_path(key.path()) || self.queries.values().any(|known| *known == key) {
                continue;
            }
            let id = self.next_id;
            self.next_id += 1;
            modifications.push(Modification::Add {
                id,
                path: key.path().to_owned(),
                args: key.args_json().to_owned(),
                journal: None,
            });
            self.queries.insert(id, key);
        }
        let base_version = self.asked;
        self.asked += 1;
        ClientMessage::ModifyQuerySet {
            base_version,
            new_version: self.asked,
            modifications,
        }
        .encode()
    }

    /// Returns how many questions were sent.
    pub(crate) const fn asked(&self) -> u32 {
        self.asked
    }

    /// Returns how many questions have been answered; zero until Convex has accepted the token.
    pub(crate) const fn answered(&self) -> u32 {
        match self.version.identity {
            0 => 0,
            _ => self.version.query_set,
        }
    }

    /// Returns the results as of the last transition.
    pub(crate) const fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }

    /// Handles a message.
    ///
    /// # Errors
    /// When the connection must end.
    pub(crate) fn receive(&mut self, text: &str) -> Result<Heard, Ended> {
        match wire::decode(text) {
            Incoming::Message(ServerMessage::Transition(transition)) => {
                self.advance(transition).map(|()| Heard::Moment)
            }
            Incoming::Message(ServerMessage::Response(response)) => outcome(response),
            Incoming::Message(ServerMessage::Ping) | Incoming::Unknown(_) => Ok(Heard::Nothing),
            // A result that comes in parts is too large to hold.
            Incoming::Message(
                ServerMessage::AuthError { .. }
                | ServerMessage::Chunk { .. }
                | ServerMessage::FatalError { .. },
            )
            | Incoming::Malformed => Err(Ended),
        }
    }

    fn advance(&mut self, transition: Transition) -> Result<(), Ended> {
        let Transition {
            start,
            end,
            updates,
            ..
        } = transition;
        let goes_on = start == self.version
            && end.ts >= start.ts
            && end.identity <= 1
            && end.query_set <= self.asked;
        if !goes_on {
            return Err(Ended);
        }
        self.version = end;
        let frame = Arc::make_mut(&mut self.frame);
        frame.turn_to(end.ts);
        for update in updates {
            let Some(key) = self.queries.get(&update.id) else {
                continue;
            };
            match update.result {
                // The token is not accepted yet. No page has asked for results of a signed-out visitor.
                Ok(_) if end.identity == 0 => {}
                Ok(result) => frame.set(key, result),
                Err(_) => frame.remove(key),
            }
        }
        Ok(())
    }
}

fn outcome(response: Response) -> Result<Heard, Ended> {
    let outcome = match (response.result, response.ts) {
        (Ok(result), Some(ts)) => Ok((result, ts)),
        // This answers an action, and none was sent.
        (Ok(_), None) => return Err(Ended),
        (Err(error), _) => Err(error),
    };
    Ok(Heard::Outcome(response.id, outcome))
}
