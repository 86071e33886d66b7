//! The connection: when there is one, when the next is tried, and what was said on this one.

use uuid::Uuid;

use super::{
    ConnectionState, Effect, Env, Greeting, SocketId, Timer,
    chunks::Chunks,
    wire::{ClientMessage, StateVersion, Timestamp},
};
use crate::call::CallError;

/// Silence for longer than this means that nobody is there; the server pings every 15 seconds.
const INACTIVITY: f64 = 60_000.0;
/// How long a probe may take to be answered.
const PROBE: u32 = 5_000;
/// A probe is worth sending after a silence longer than the server's pings leave.
const SUSPICIOUS_SILENCE: f64 = 17_000.0;
/// First pause after we closed the connection: no sign of trouble at the server.
const BACKOFF_OWN: f64 = 100.0;
/// First pause after anything else, unless the server gave a reason.
const BACKOFF_UNKNOWN: f64 = 1_000.0;
/// First pause when the server says that it is overloaded.
const BACKOFF_OVERLOADED: f64 = 3_000.0;
/// Longest pause, before jitter.
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
    /// Never needed so far.
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
    /// The other side, or the network.
    Theirs { code: u16, reason: String },
    /// This client, for this reason.
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
    /// What the page showed when its script had greeted, of which the server was not told.
    shown: Option<Timestamp>,
    pub(super) chunks: Chunks,
    /// Where the server is, as of its last transition.
    pub(super) version: StateVersion,
    /// Where the server will be once it has read what was sent.
    pub(super) identity: u32,
    query_set: u32,
    /// The token it will then have.
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

    /// Returns whether `socket` is the present one and still of interest.
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

    /// Notes that the socket is open; returns the greeting.
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

    /// Returns whether this client can go on where the page's script began: only while it has asked nothing under a
    /// session of its own.
    pub(super) const fn can_adopt(&self) -> bool {
        self.connections == 0
    }

    /// Notes that the socket is open and the page's script has greeted on it.
    pub(super) fn adopt(&mut self, greeting: Greeting, env: Env) {
        self.open(env);
        self.session = greeting.session;
        self.token = Some(greeting.token);
        self.identity = 1;
        self.shown = self.max_observed;
    }

    /// Returns whether results of the moment `ts` are older than what the page has shown. A server that was told of
    /// that moment sends no such results.
    pub(super) fn is_older_than_shown(&self, ts: Timestamp) -> bool {
        self.shown.is_some_and(|shown| ts < shown)
    }

    /// Notes that the connection is gone; the next one is tried after a while.
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
        // Half up or down.
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

    /// Closes the connection, to be opened again by [`Link::connect`] alone.
    pub(super) fn stop(&mut self, env: Env, effects: &mut Vec<Effect>) {
        "OnCloseInvoked".clone_into(&mut self.last_close_reason);
        self.end(Phase::Stopped, env, effects);
    }

    /// Closes the connection for good.
    pub(super) fn kill(&mut self, fatal: Option<String>, env: Env, effects: &mut Vec<Effect>) {
        self.end(Phase::Dead, env, effects);
        self.fatal = fatal;
    }

    /// Returns what everything asked of a dead connection is answered with.
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

    /// Notes that a message came.
    pub(super) const fn hear(&mut self, env: Env) {
        self.last_message = env.now;
    }

    /// Handles the inactivity timer, which is set once and not with each message. Returns whether the other side has
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

    /// Notes that something was sent that must be answered: by then, or the connection is dead.
    pub(super) fn expect_answer(&mut self, env: Env, effects: &mut Vec<Effect>) {
        self.last_message = env.now - INACTIVITY + f64::from(PROBE);
        effects.push(Effect::SetTimer(Timer::Inactivity, PROBE));
    }

    /// Returns whether the server has been told about queries on this connection.
    pub(super) const fn has_introduced_queries(&self) -> bool {
        self.query_set > 0
    }

    /// Returns the versions of the next change of queries.
    pub(super) const fn next_query_set(&mut self) -> (u32, u32) {
        let base = self.query_set;
        self.query_set += 1;
        (base, self.query_set)
    }

    /// Returns the version the next `Authenticate` starts from.
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

    /// Notes that the server has proved that the trouble is over.
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
