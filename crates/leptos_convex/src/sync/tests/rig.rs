//! A state machine whose surroundings are simulated by the test.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value as Json, json};

use crate::{
    call::{CallError, QueryKey},
    sync::{
        AuthSnapshot, AuthStatus, ConnectionState, Core, Effect, Env, Event, InitialAuth,
        OptimisticUpdate, Request, RequestId, RequestKind, Settings, SocketId, Ticket, Timer,
        TokenOutcome,
    },
    value::{Encoded, Object, Value},
};

pub(super) struct Rig {
    pub(super) core: Core,
    pub(super) now: f64,
    pub(super) socket: Option<SocketId>,
    /// The messages that were sent and have not been checked.
    pub(super) sent: Vec<Json>,
    pub(super) timers: BTreeMap<u8, f64>,
    pub(super) fetch: Option<(Ticket, bool)>,
    pub(super) fetches: usize,
    pub(super) shown: BTreeMap<QueryKey, Result<Encoded, CallError>>,
    pub(super) publications: usize,
    pub(super) answers: BTreeMap<RequestId, Result<Encoded, CallError>>,
    /// Effects in their order, such as "publish" and "answer 0".
    pub(super) order: Vec<String>,
    pub(super) auth: AuthSnapshot,
    pub(super) auth_history: Vec<AuthStatus>,
    pub(super) connection: ConnectionState,
    /// The functions' output and errors.
    pub(super) logged: Vec<String>,
    next_request: RequestId,
}

pub(crate) fn key(path: &str) -> QueryKey {
    QueryKey::new(path, &Value::Object(Object::new()))
}

/// The settings of a client by default.
pub(super) const SETTINGS: Settings = Settings {
    linger: 5_000,
    expect_auth: false,
    renewal_leeway: 60_000,
    tells_server: false,
};

/// Returns a JWT for `person` that is issued at `issued` and valid for `seconds`.
pub(crate) fn token(person: &str, issued: u32, seconds: u32) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let claims =
        json!({ "iss": "http://site", "sub": person, "iat": issued, "exp": issued + seconds });
    ["e30.", &URL_SAFE_NO_PAD.encode(claims.to_string()), ".c2ln"].concat()
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with_settings(SETTINGS)
    }

    pub(super) fn with_settings(settings: Settings) -> Self {
        Self {
            core: Core::new(uuid::Uuid::nil(), settings),
            now: 1_000_000.0,
            socket: None,
            sent: Vec::new(),
            timers: BTreeMap::new(),
            fetch: None,
            fetches: 0,
            shown: BTreeMap::new(),
            publications: 0,
            answers: BTreeMap::new(),
            order: Vec::new(),
            auth: AuthSnapshot::default(),
            auth_history: Vec::new(),
            connection: ConnectionState::default(),
            logged: Vec::new(),
            next_request: 0,
        }
    }

    /// Returns a client with an open socket, subscribed to `queries`, and drops the messages it has sent so far.
    pub(super) fn connected(queries: &[&str]) -> Self {
        let mut rig = Self::new();
        rig.subscribe(queries);
        rig.open();
        rig.sent.clear();
        rig
    }

    /// Returns a client that is signed in as `person` from the start, subscribed to `queries`, with an open socket.
    pub(super) fn signed_in(person: &str, queries: &[&str]) -> Self {
        let mut rig = Self::new();
        rig.handle(Event::SetAuth(InitialAuth::Token(token(
            person, 1_000, 900,
        ))));
        rig.subscribe(queries);
        rig.open();
        rig
    }

    pub(super) fn env(&self) -> Env {
        Env {
            now: self.now,
            random: 0.5,
        }
    }

    pub(super) fn handle(&mut self, event: Event) {
        self.handle_all(vec![event]);
    }

    pub(super) fn handle_all(&mut self, events: Vec<Event>) {
        let env = self.env();
        for event in events {
            self.core.handle(event, env);
        }
        for effect in self.core.take_effects(env) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Open(socket) => self.socket = Some(socket),
            Effect::Send(text) => {
                let message: Json = serde_json::from_str(&text).expect("messages are JSON");
                // Convex parses messages with this crate.
                convex_sync_types::ClientMessage::try_from(message.clone())
                    .expect("Convex understands it");
                self.sent.push(message);
            }
            Effect::Close => self.socket = None,
            Effect::SetTimer(timer, delay) => {
                self.timers.insert(timer as u8, self.now + f64::from(delay));
            }
            Effect::ClearTimer(timer) => {
                self.timers.remove(&(timer as u8));
            }
            Effect::FetchToken { ticket, force } => {
                self.fetch = Some((ticket, force));
                self.fetches += 1;
            }
            Effect::Publish(changes) => {
                self.publications += 1;
                self.order.push("publish".to_owned());
                for (key, result) in changes {
                    match result {
                        Some(result) => drop(self.shown.insert(key, result)),
                        None => drop(self.shown.remove(&key)),
                    }
                }
            }
            Effect::Forget(key) => drop(self.shown.remove(&key)),
            Effect::Answer(id, result) => {
                self.order.push(format!("answer {id}"));
                assert!(
                    self.answers.insert(id, result).is_none(),
                    "request {id} was answered twice"
                );
            }
            Effect::Seen(moment) => self.order.push(format!("seen {}", moment.encode())),
            Effect::Wrote => self.order.push("wrote".to_owned()),
            Effect::Auth(auth) => {
                self.auth = auth;
                self.auth_history.push(auth.status);
            }
            Effect::Connection(connection) => self.connection = connection,
            Effect::Warn(_) => {}
            Effect::Log(line) | Effect::Error(line) => self.logged.push(line),
        }
    }

    pub(super) fn subscribe(&mut self, queries: &[&str]) {
        self.handle_all(
            queries
                .iter()
                .map(|path| Event::Subscribe(key(path)))
                .collect(),
        );
    }

    pub(super) fn open(&mut self) {
        let socket = self.socket.expect("a socket is opening");
        self.handle(Event::Opened(socket));
    }

    pub(super) fn drop_connection(&mut self) {
        let socket = self.socket.expect("there is a socket");
        self.handle(Event::Closed {
            socket,
            code: 1006,
            reason: String::new(),
        });
    }

    /// Loses the connection, drops the messages sent so far, and opens the next connection.
    pub(super) fn reconnect(&mut self) {
        self.drop_connection();
        self.sent.clear();
        self.fire(Timer::Reconnect);
        self.open();
    }

    pub(super) fn receive(&mut self, message: &Json) {
        let socket = self.socket.expect("there is a socket");
        self.handle(Event::Message {
            socket,
            text: message.to_string(),
        });
    }

    /// Advances the time until `timer` fires.
    pub(super) fn fire(&mut self, timer: Timer) {
        let at = self
            .timers
            .remove(&(timer as u8))
            .expect("the timer is set");
        self.now = self.now.max(at);
        self.handle(Event::Timer(timer));
    }

    pub(super) fn delay(&self, timer: Timer) -> Option<f64> {
        self.timers.get(&(timer as u8)).map(|at| at - self.now)
    }

    pub(super) fn token(&mut self, outcome: TokenOutcome) {
        let (ticket, _) = self.fetch.take().expect("a token is being fetched");
        self.handle(Event::Token { ticket, outcome });
    }

    pub(super) fn mutate(&mut self, path: &str) -> RequestId {
        self.request(RequestKind::Mutation, path, None)
    }

    pub(super) fn act(&mut self, path: &str) -> RequestId {
        self.request(RequestKind::Action, path, None)
    }

    pub(super) fn request(
        &mut self,
        kind: RequestKind,
        path: &str,
        optimistic: Option<OptimisticUpdate>,
    ) -> RequestId {
        self.request_with(kind, path, Value::Object(Object::new()), optimistic)
    }

    pub(super) fn request_with(
        &mut self,
        kind: RequestKind,
        path: &str,
        args: Value,
        optimistic: Option<OptimisticUpdate>,
    ) -> RequestId {
        let id = self.next_request;
        self.next_request += 1;
        let args = Arc::new(args);
        self.handle(Event::Request(Request {
            id,
            kind,
            path: path.to_owned(),
            args,
            optimistic,
        }));
        id
    }

    /// Takes the messages sent so far, and returns their types.
    pub(super) fn sent_types(&mut self) -> Vec<String> {
        let sent = std::mem::take(&mut self.sent);
        sent.iter()
            .map(|message| message["type"].as_str().expect("has a type").to_owned())
            .collect()
    }

    pub(super) fn shows(&self, path: &str) -> Option<Json> {
        let result = self.shown.get(&key(path))?;
        Some(result.as_ref().map_or_else(
            |error| json!({ "error": error.to_string() }),
            |value| value.value().expect("a value").to_json(),
        ))
    }
}

/// Encodes a timestamp as the protocol does.
pub(crate) fn ts(n: u64) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.encode(n.to_le_bytes())
}

/// Returns a transition between two versions (query set, identity, time) that updates queries by their ids.
pub(crate) fn transition(
    start: (u32, u32, u64),
    end: (u32, u32, u64),
    updates: &[(u32, Json)],
) -> Json {
    let version = |(query_set, identity, time)| json!({ "querySet": query_set, "identity": identity, "ts": ts(time) });
    let update = |(id, value): &(u32, Json)| json!({ "type": "QueryUpdated", "queryId": id, "value": value, "logLines": [], "journal": null });
    json!({
        "type": "Transition",
        "startVersion": version(start),
        "endVersion": version(end),
        "modifications": updates.iter().map(update).collect::<Vec<_>>(),
        "clientClockSkew": 0,
    })
}

pub(crate) fn mutation_done(id: RequestId, time: u64) -> Json {
    json!({ "type": "MutationResponse", "requestId": id, "success": true, "result": null, "ts": ts(time), "logLines": [] })
}

pub(super) fn action_done(id: RequestId) -> Json {
    json!({ "type": "ActionResponse", "requestId": id, "success": true, "result": 1, "logLines": [] })
}

pub(super) fn auth_error(base: u32, attempted: bool) -> Json {
    json!({ "type": "AuthError", "error": "expired", "baseVersion": base, "authUpdateAttempted": attempted })
}
