//! A connection of one person: queries in, results of one moment out, and mutations. What a server holds for a
//! visitor.
//!
//! Much less than the browser's [`Core`](super::Core): it speaks with one token and is not connected again. Whatever
//! is not as it should be ends it, and the server asks over HTTP.

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

/// The connection is of no use any more: Convex does not take the token, calls it broken, or cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended;

/// What a message brings.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Nothing to be done about.
    Nothing,
    /// A new moment: see [`Follower::frame`].
    Moment,
    /// What became of a mutation: its result and the moment of its writes, or that it failed and wrote nothing.
    Outcome(RequestId, Result<(Encoded, Timestamp), CallError>),
}

/// Names a client to Convex over all its connections: Convex runs a mutation once for each client and number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client(Uuid);

impl Client {
    pub(crate) fn new() -> Self {
        Self(Uuid::new_v4())
    }
}

/// Returns the message that runs a mutation; `None` for what is no path of a function, over which Convex ends
/// connections.
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
    /// Where the server is, as of its last transition.
    version: StateVersion,
    /// Where its query set will be once it has read what was sent.
    asked: u32,
    queries: HashMap<QueryId, QueryKey>,
    next_id: QueryId,
    frame: Arc<Frame>,
}

impl Follower {
    /// Returns a connection of a client that has had so many before, and its first messages: hello, and who is asking.
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

    /// Asks for more queries, and for some no longer. The message also asks what moment it is: it is answered with a
    /// transition even when it changes nothing.
    pub(crate) fn ask(&mut self, add: Vec<QueryKey>, remove: &[QueryKey]) -> String {
        let mut modifications = Vec::new();
        let gone = self.queries.extract_if(|_, key| remove.contains(key));
        for (id, key) in gone {
            Arc::make_mut(&mut self.frame).remove(&key);
            modifications.push(Modification::Remove { id });
        }
        for key in add {
            // Convex ends the session over what is no path. Over HTTP it says so.
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

    /// Returns how often it has been asked.
    pub(crate) const fn asked(&self) -> u32 {
        self.asked
    }

    /// Returns how many of the questions have been answered; zero until Convex has taken the token.
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

    /// Takes a message in.
    ///
    /// # Errors
    /// When the connection is of no use any more.
    pub(crate) fn receive(&mut self, text: &str) -> Result<Heard, Ended> {
        match wire::decode(text) {
            Incoming::Message(ServerMessage::Transition(transition)) => {
                self.advance(transition).map(|()| Heard::Moment)
            }
            Incoming::Message(ServerMessage::Response(response)) => outcome(response),
            Incoming::Message(ServerMessage::Ping) | Incoming::Unknown(_) => Ok(Heard::Nothing),
            // A result in parts is too large to hold.
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
                // As nobody, which no page has asked for.
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
        // That of an action, and none was asked for.
        (Ok(_), None) => return Err(Ended),
        (Err(error), _) => Err(error),
    };
    Ok(Heard::Outcome(response.id, outcome))
}
