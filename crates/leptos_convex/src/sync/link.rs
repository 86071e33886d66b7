//! The connection: its phase, the next attempt, and the versions of what was sent on it.

use uuid::Uuid;

use super::{
    ConnectionState, Effect, Env, Greeting, SocketId, Timer,
    chunks::Chunks,
    wire::{ClientMessage, StateVersion, Timestamp},
};
use crate::call::CallError;

/// A silence longer than this means that the connection is dead. The server pings every 15 seconds.
const INACTIVITY: f64 = 60_000.0;
/// How long a probe may take to be answered.
const PROBE: u32 = 5_000;
/// A probe is sent only after a silence that is longer than the interval of the server's pings.
const SUSPICIOUS_SILENCE: f64 = 17_000.0;
/// The first pause after this client closed the connection. That is no sign of trouble at the server.
const BACKOFF_OWN: f64 = 100.0;
/// The first pause after any other end, unless the server gave a reason.
const BACKOFF_UNKNOWN: f64 = 1_000.0;
/// The first pause when the server reports that it is overloaded.
const BACKOFF_OVERLOADED: f64 = 3_000.0;
/// The longest pause, before jitter.
const BACKOFF_MAX: f64 = 16_000.0;

/// Close reasons that ask for a longer pause (`web_socket_manager.ts`, `serverDisconnectErrors`).
const OVERLOADED: [&str; 10] = [
    "SubscriptionsWorkerFullError",
    "TooManyConcurrentRequests",
    "CommitterFullError",
    "AwsTooManyRequestsException",
    "ExecuteFullError",
    "SystemTimeoutError",
    "ExpiredInQueue",
    "VectorIndexTooLarge",
    "SearchIndexTooLarge",
    "TooManyWritesInTimePeriod",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not needed yet.
    Idle,
    /// Between two attempts.
    Waiting,
    Connecting,
    Open,
    /// Closed until there is a token; see `auth`.
    Stopped,
    /// Closed for good.
    Dead,
}

/// Why a connection ended.
pub(super) enum Loss {
    /// The other side closed it, or the network failed.
    Theirs { code: u16, reason: String },
    /// This client closed it, for this reason.
    Ours(&'static str),
}

pub(super) struct Link {
    session: String,
    pub(super) phase: Phase,
    socket: SocketId,
    last_message: f64,
    last_close_reason: String,
    retries: u32,
    connections: u32,
    disconnected_since: Option<f64>,
    fatal: Option<String>,
    max_observed: Option<Timestamp>,
    /// The moment that the page showed when its script sent the greeting. The server was not told of it.
    shown: Option<Timestamp>,
    pub(super) chunks: Chunks,
    /// The server's version as of its last transition.
    pub(super) version: StateVersion,
    /// The server's version after it has read all messages sent.
    pub(super) identity: u32,
    query_set: u32,
    /// The server's token after it has read all messages sent.
    pub(super) token: Option<String>,
}

impl Link {
    pub(super) fn new(session: Uuid) -> Self {
        Self {
            session: session.to_string(),
            phase: Phase::Idle,
            socket: 0,
            last_message: 0.0,
            last_close_reason: "InitialConnect".to_owned(),
            retries: 0,
            connections: 0,
            disconnected_since: None,
            fatal: None,
            max_observed: None,
            shown: None,
            chunks: Chunks::default(),
            version: StateVersion::default(),
            identity: 0,
            query_set: 0,
            token: None,
        }
    }

    pub(super) fn is(&self, phase: Phase) -> bool {
        self.phase == phase
    }

    /// Returns whether `socket` is the current one and still in use.
    pub(super) fn concerns(&self, socket: SocketId) -> bool {
        socket == self.socket && matches!(self.phase, Phase::Connecting | Phase::Open)
    }

    pub(super) fn connect(&mut self, env: Env, effects: &mut Vec<Effect>) {
        self.phase = Phase::Connecting;
        self.socket += 1;
        self.last_message = env.now;
        self.disconnected_since.get_or_insert(env.now);
        effects.push(Effect::ClearTimer(Timer::Reconnect));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a constant"
        )]
        effects.push(Effect::SetTimer(Timer::Inactivity, INACTIVITY as u32));
        effects.push(Effect::Open(self.socket));
    }

    /// Notes that the socket is open, and returns the greeting.
    pub(super) fn open(&mut self, env: Env) -> ClientMessage<'_> {
        self.phase = Phase::Open;
        self.last_message = env.now;
        self.disconnected_since = None;
        self.chunks.clear();
        self.version = StateVersion::default();
        self.identity = 0;
        self.query_set = 0;
        self.token = None;
        self.shown = None;
        let connection_count = self.connections;
        self.connections += 1;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds since 1970"
        )]
        ClientMessage::Connect {
            session: &self.session,
            connection_count,
            last_close_reason: &self.last_close_reason,
            max_observed: self.max_observed,
            client_ts: env.now as u64,
        }
    }

    /// Returns whether this client can take over the script's session. It can as long as it has asked nothing in a
    /// session of its own.
    pub(super) const fn can_adopt(&self) -> bool {
        self.connections == 0
    }

    /// Notes that the socket is open and that the page's script has sent its greeting.
    pub(super) fn adopt(&mut self, greeting: Greeting, env: Env) {
        self.open(env);
        self.session = greeting.session;
        self.token = Some(greeting.token);
        self.identity = 1;
        self.shown = self.max_observed;
    }

    /// Returns whether results of the moment `ts` are older than what the page has shown. A server that was told of
    /// the newest moment sends no older results.
    pub(super) fn is_older_than_shown(&self, ts: Timestamp) -> bool {
        self.shown.is_some_and(|shown| ts < shown)
    }

    /// Notes that the connection is lost, and schedules the next attempt.
    pub(super) fn lose(&mut self, loss: Loss, env: Env, effects: &mut Vec<Effect>) {
        let first = match &loss {
            Loss::Ours(_) => BACKOFF_OWN,
            Loss::Theirs { reason, .. }
                if OVERLOADED.iter().any(|name| reason.starts_with(name)) =>
            {
                BACKOFF_OVERLOADED
            }
            Loss::Theirs { .. } => BACKOFF_UNKNOWN,
        };
        self.last_close_reason = match loss {
            Loss::Ours(reason) => reason.to_owned(),
            Loss::Theirs { code, reason } if reason.is_empty() => {
                ["closed with code ", &code.to_string()].concat()
            }
            Loss::Theirs { reason, .. } => reason,
        };
        self.end(Phase::Waiting, env, effects);
        let pause = (first * f64::from(1_u32 << self.retries.min(16))).min(BACKOFF_MAX);
        self.retries += 1;
        // The jitter is up to half in both directions.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most 24,000"
        )]
        effects.push(Effect::SetTimer(
            Timer::Reconnect,
            (pause * (0.5 + env.random)) as u32,
        ));
    }

    /// Closes the connection. Only [`Link::connect`] opens it again.
    pub(super) fn stop(&mut self, env: Env, effects: &mut Vec<Effect>) {
        "OnCloseInvoked".clone_into(&mut self.last_close_reason);
        self.end(Phase::Stopped, env, effects);
    }

    /// Closes the connection for good.
    pub(super) fn kill(&mut self, fatal: Option<String>, env: Env, effects: &mut Vec<Effect>) {
        self.end(Phase::Dead, env, effects);
        self.fatal = fatal;
    }

    /// Returns the error for all requests to a closed client.
    pub(super) fn epitaph(&self) -> CallError {
        match &self.fatal {
            Some(message) => CallError::Server {
                message: message.clone(),
            },
            None => CallError::Closed,
        }
    }

    fn end(&mut self, phase: Phase, env: Env, effects: &mut Vec<Effect>) {
        self.phase = phase;
        self.chunks.clear();
        self.disconnected_since.get_or_insert(env.now);
        effects.push(Effect::ClearTimer(Timer::Inactivity));
        effects.push(Effect::ClearTimer(Timer::Reconnect));
        effects.push(Effect::Close);
    }

    /// Notes that a message has arrived.
    pub(super) const fn hear(&mut self, env: Env) {
        self.last_message = env.now;
    }

    /// Handles the inactivity timer, which is set once and not for each message. Returns whether the other side has
    /// been silent for too long.
    pub(super) fn check_silence(&self, env: Env, effects: &mut Vec<Effect>) -> bool {
        let left = INACTIVITY - (env.now - self.last_message);
        if left <= 1.0 {
            return true;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and 60,000"
        )]
        effects.push(Effect::SetTimer(
            Timer::Inactivity,
            left.min(INACTIVITY) as u32,
        ));
        false
    }

    /// Returns whether the connection has been silent for so long that it may have died while the device slept.
    pub(super) fn is_suspicious(&self, env: Env) -> bool {
        self.is(Phase::Open) && env.now - self.last_message > SUSPICIOUS_SILENCE
    }

    /// Notes that a message was sent that requires an answer. Without one in time, the connection is dead.
    pub(super) fn expect_answer(&mut self, env: Env, effects: &mut Vec<Effect>) {
        self.last_message = env.now - INACTIVITY + f64::from(PROBE);
        effects.push(Effect::SetTimer(Timer::Inactivity, PROBE));
    }

    /// Returns whether the server has been told about queries on this connection.
    pub(super) const fn has_introduced_queries(&self) -> bool {
        self.query_set > 0
    }

    /// Returns the versions for the next change of queries.
    pub(super) const fn next_query_set(&mut self) -> (u32, u32) {
        let base = self.query_set;
        self.query_set += 1;
        (base, self.query_set)
    }

    /// Returns the version that the next `Authenticate` starts from.
    pub(super) const fn next_identity(&mut self) -> u32 {
        let base = self.identity;
        self.identity += 1;
        base
    }

    pub(super) fn observe(&mut self, ts: Timestamp) {
        self.max_observed = self.max_observed.max(Some(ts));
    }

    /// Returns the newest moment seen.
    pub(super) const fn observed(&self) -> Option<Timestamp> {
        self.max_observed
    }

    /// Notes that the connection works again.
    pub(super) const fn settle(&mut self) {
        self.retries = 0;
    }

    pub(super) fn describe(&self) -> ConnectionState {
        ConnectionState {
            is_connected: self.is(Phase::Open),
            has_ever_connected: self.connections > 0,
            connection_count: self.connections,
            retries: self.retries,
            disconnected_since: self.disconnected_since,
            fatal_error: self.fatal.clone(),
            trouble: (self.retries > 0 && !self.is(Phase::Open))
                .then(|| self.last_close_reason.clone()),
            ..ConnectionState::default()
        }
    }
}
