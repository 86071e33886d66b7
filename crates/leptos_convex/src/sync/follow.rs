//! A connection of one person: queries in, results of one moment out, and mutations. What a server holds for a
//! visitor.
//!
//! Much less than the browser's [`Core`](super::Core): it speaks with one token and is not connected again. Whatever
//! is not as it should be ends it, and the server asks over HTTP.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

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

/// The results of one moment.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    results: HashMap<QueryKey, Encoded>,
    moment: Timestamp,
    /// The moment as Convex writes it.
    ts: String,
    bytes: usize,
}

impl Frame {
    /// The result of a query, if there is one. A query that failed has none.
    pub(crate) fn result(&self, key: &QueryKey) -> Option<&Encoded> {
        self.results.get(key)
    }

    pub(crate) const fn moment(&self) -> Timestamp {
        self.moment
    }

    pub(crate) fn ts(&self) -> &str {
        &self.ts
    }

    /// How much text it holds: queries and their results.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    fn set(&mut self, key: &QueryKey, result: Encoded) {
        self.remove(key);
        self.bytes += size(key, &result);
        self.results.insert(key.clone(), result);
    }

    fn remove(&mut self, key: &QueryKey) {
        if let Some(old) = self.results.remove(key) {
            self.bytes -= size(key, &old);
        }
    }
}

fn size(key: &QueryKey, result: &Encoded) -> usize {
    key.path().len() + key.args_json().len() + result.text().len()
}

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

/// The message that runs a mutation; `None` for what is no path of a function, over which Convex ends connections.
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
    /// A connection of a client that has had so many before, and its first messages: hello, and who is asking.
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
            frame: Arc::new(Frame {
                results: HashMap::new(),
                moment: Timestamp::default(),
                ts: String::new(),
                bytes: 0,
            }),
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

    /// How often has been asked.
    pub(crate) const fn asked(&self) -> u32 {
        self.asked
    }

    /// How many of the questions have been answered; zero until Convex has taken the token.
    pub(crate) const fn answered(&self) -> u32 {
        match self.version.identity {
            0 => 0,
            _ => self.version.query_set,
        }
    }

    /// The results as of the last transition.
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
        frame.moment = end.ts;
        frame.ts = end.ts.encode();
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

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::sync::tests::rig::{key, ts};

    fn version(query_set: u32, identity: u32, at: u64) -> Json {
        json!({ "querySet": query_set, "identity": identity, "ts": ts(at) })
    }

    fn transition(from: &Json, to: &Json, modifications: &Json) -> String {
        json!({
            "type": "Transition", "startVersion": from, "endVersion": to, "modifications": modifications
        })
        .to_string()
    }

    fn updated(id: u32, value: &Json) -> Json {
        json!({ "type": "QueryUpdated", "queryId": id, "value": value, "logLines": [], "journal": null })
    }

    fn failed(id: u32) -> Json {
        json!({ "type": "QueryFailed", "queryId": id, "errorMessage": "no", "logLines": [], "journal": null })
    }

    /// A connection that has asked for `a:b`, with its result as of moment 5.
    fn with_result() -> Follower {
        let (mut follower, _) = Follower::start(Client::new(), 0, "token", 0);
        follower.ask(vec![key("a:b")], &[]);
        let first = transition(
            &version(0, 0, 0),
            &version(1, 1, 5),
            &json!([updated(0, &json!("ann"))]),
        );
        assert!(matches!(follower.receive(&first), Ok(Heard::Moment)));
        follower
    }

    fn result(follower: &Follower, path: &str) -> Option<String> {
        let result = follower.frame().result(&key(path))?;
        result.decode().ok()
    }

    #[test]
    fn it_says_who_asks_before_it_asks() {
        let (mut follower, greeting) = Follower::start(Client::new(), 0, "tok", 7);
        let greeting = greeting.map(|text| serde_json::from_str::<Json>(&text).expect("JSON"));
        assert_eq!(greeting[0]["type"], "Connect");
        assert_eq!(greeting[1]["type"], "Authenticate");
        assert_eq!(greeting[1]["value"], "tok");
        let asked = follower.ask(vec![key("a:b"), key("a:b"), key("not a path")], &[]);
        let asked: Json = serde_json::from_str(&asked).expect("JSON");
        assert_eq!(asked["baseVersion"], 0);
        assert_eq!(asked["modifications"].as_array().map(Vec::len), Some(1));
        assert_eq!(asked["modifications"][0]["udfPath"], "a:b");
    }

    #[test]
    fn all_results_are_of_one_moment() {
        let mut follower = with_result();
        let before = Arc::clone(follower.frame());
        follower.ask(vec![key("a:c")], &[]);
        let both = json!([updated(0, &json!("bob")), updated(1, &json!("cat"))]);
        let next = transition(&version(1, 1, 5), &version(2, 1, 6), &both);
        assert!(matches!(follower.receive(&next), Ok(Heard::Moment)));
        assert_eq!(follower.answered(), 2);
        assert_eq!(result(&follower, "a:b").as_deref(), Some("bob"));
        assert_eq!(result(&follower, "a:c").as_deref(), Some("cat"));
        // Whoever holds the former moment still has it whole.
        assert_eq!(before.ts(), ts(5));
        assert!(before.result(&key("a:c")).is_none());
        let kept = before.result(&key("a:b")).expect("kept");
        assert_eq!(kept.decode::<String>().expect("text"), "ann");
    }

    #[test]
    fn what_is_asked_for_no_longer_or_fails_is_not_there() {
        let mut follower = with_result();
        let failure = json!([failed(0)]);
        let next = transition(&version(1, 1, 5), &version(1, 1, 6), &failure);
        assert!(matches!(follower.receive(&next), Ok(Heard::Moment)));
        assert_eq!(result(&follower, "a:b"), None);
        assert_eq!(follower.frame().bytes(), 0);

        let mut follower = with_result();
        assert!(follower.frame().bytes() > 0);
        follower.ask(Vec::new(), &[key("a:b")]);
        assert_eq!(result(&follower, "a:b"), None);
        let late = json!([updated(0, &json!("late"))]);
        let next = transition(&version(1, 1, 5), &version(1, 1, 6), &late);
        assert!(matches!(follower.receive(&next), Ok(Heard::Moment)));
        assert_eq!(result(&follower, "a:b"), None);
        assert_eq!(follower.frame().bytes(), 0);
    }

    #[test]
    fn a_result_from_before_the_token_was_taken_is_nobody_s() {
        let (mut follower, _) = Follower::start(Client::new(), 0, "token", 0);
        follower.ask(vec![key("a:b")], &[]);
        let early = json!([updated(0, &json!("nobody's"))]);
        let first = transition(&version(0, 0, 0), &version(1, 0, 5), &early);
        assert!(matches!(follower.receive(&first), Ok(Heard::Moment)));
        assert_eq!(result(&follower, "a:b"), None);
        assert_eq!(follower.answered(), 0);
    }

    #[test]
    fn anything_odd_ends_it() {
        let good = json!([]);
        let odd = [
            "{",
            r#"{"type":"FatalError","error":"x"}"#,
            r#"{"type":"AuthError","error":"x","baseVersion":0}"#,
            r#"{"type":"ActionResponse","requestId":0,"success":true,"result":null,"logLines":[]}"#,
            // Does not follow, goes back, speaks of what was not asked, of another identity.
            &transition(&version(1, 1, 4), &version(1, 1, 6), &good),
            &transition(&version(1, 1, 5), &version(1, 1, 4), &good),
            &transition(&version(1, 1, 5), &version(2, 1, 6), &good),
            &transition(&version(1, 1, 5), &version(1, 2, 6), &good),
        ];
        for text in odd {
            assert_eq!(with_result().receive(text).err(), Some(Ended), "{text}");
        }
        for text in [r#"{"type":"Ping"}"#, r#"{"type":"News"}"#] {
            let heard = with_result().receive(text);
            assert!(matches!(heard, Ok(Heard::Nothing)), "{text}");
        }
    }

    #[test]
    fn a_client_keeps_its_name_and_its_numbers() {
        let client = Client::new();
        let connect = |connections| {
            let (_, [hello, _]) = Follower::start(client, connections, "tok", 7);
            serde_json::from_str::<Json>(&hello).expect("JSON")
        };
        let (first, again) = (connect(0), connect(1));
        assert_eq!(first["sessionId"], again["sessionId"]);
        assert_eq!(again["connectionCount"], 1);

        let args = Value::Object([("a".to_owned(), Value::Float64(1.0))].into());
        let text = mutation(3, "a:write", &args).expect("a path");
        let message: Json = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            message,
            json!({ "type": "Mutation", "requestId": 3, "udfPath": "a:write", "args": [{ "a": 1 }] })
        );
        assert_eq!(mutation(3, "not a path", &args), None);

        let mut follower = with_result();
        let done = json!({
            "type": "MutationResponse", "requestId": 3, "success": true, "result": "x", "ts": ts(9), "logLines": []
        });
        let heard = follower.receive(&done.to_string());
        let Ok(Heard::Outcome(3, Ok((result, at)))) = heard else {
            panic!("{heard:?}");
        };
        assert_eq!(result.decode::<String>().as_deref(), Ok("x"));
        assert_eq!(at.encode(), ts(9));
        let failed = json!({
            "type": "MutationResponse", "requestId": 4, "success": false, "result": "no", "logLines": []
        });
        let heard = follower.receive(&failed.to_string());
        assert!(matches!(
            heard,
            Ok(Heard::Outcome(4, Err(CallError::Server { .. })))
        ));
    }
}
