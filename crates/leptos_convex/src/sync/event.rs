//! The events that go into the state machine, and the effects that come out.

use std::sync::Arc;

use super::{
    ConnectionState, QueryResult, RequestId, RequestKind, optimistic::OptimisticUpdate,
    wire::Timestamp,
};
use crate::{
    call::{CallError, QueryKey},
    value::{Encoded, Value},
};

/// Numbers a client's sockets, so that a late event of an old socket is not taken for one of the new socket.
pub(crate) type SocketId = u32;
/// Numbers token fetches, so that an outdated answer is dropped.
pub(crate) type Ticket = u32;

/// Facts of the outside world that the state machine may not look up itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Env {
    /// Milliseconds since 1970 by this device's clock.
    pub(crate) now: f64,
    /// From 0 to 1, for jitter.
    pub(crate) random: f64,
}

/// An input of the state machine.
#[derive(Debug)]
pub(crate) enum Event {
    Subscribe(QueryKey),
    Unsubscribe(QueryKey),
    Request(Request),
    /// The page has data of this moment.
    Observed(Timestamp),
    SetAuth(InitialAuth),
    /// Fetches a token now, whether or not there is one.
    RefreshAuth,
    ClearAuth,
    Token {
        ticket: Ticket,
        outcome: TokenOutcome,
    },
    Opened(SocketId),
    /// The socket is open, and the page's script has sent its greeting.
    Greeted {
        socket: SocketId,
        greeting: Greeting,
    },
    Message {
        socket: SocketId,
        text: String,
    },
    Closed {
        socket: SocketId,
        code: u16,
        reason: String,
    },
    Timer(Timer),
    /// The device is back online, or the tab is visible again. Waiting makes no sense any more.
    Wake,
    /// Shuts the client down. The reason is set unless the app asked for it.
    Shutdown(Option<String>),
}

/// The greeting that a page's script sent before the client started: `Connect` and one `Authenticate`.
#[derive(Debug)]
pub(crate) struct Greeting {
    /// The session's id, which the script made up.
    pub(crate) session: String,
    pub(crate) token: String,
}

/// A timer. Setting it again replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Timer {
    Reconnect,
    Inactivity,
    RefreshToken,
    Linger,
}

impl Timer {
    /// The number of timers.
    pub(crate) const COUNT: usize = 4;
}

/// The longest time a timer is set for, in milliseconds. `setTimeout` counts in 32 bits, and fires at once beyond.
pub(super) const LONGEST_DELAY: f64 = 20.0 * 24.0 * 3_600_000.0;

/// A mutation or an action.
pub(crate) struct Request {
    pub(crate) id: RequestId,
    pub(crate) kind: RequestKind,
    pub(crate) path: String,
    pub(crate) args: Arc<Value>,
    pub(crate) optimistic: Option<OptimisticUpdate>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("id", &self.id)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// An output of the state machine. Effects are carried out in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    Open(SocketId),
    Send(String),
    Close,
    SetTimer(Timer, u32),
    ClearTimer(Timer),
    FetchToken {
        ticket: Ticket,
        force: bool,
    },
    /// Results that changed, all of one consistent state. `None` means "not known (yet)".
    Publish(Vec<(QueryKey, Option<QueryResult>)>),
    /// This query has no subscriber any more, and its grace period is over.
    Forget(QueryKey),
    Answer(RequestId, Result<Encoded, CallError>),
    /// Tells the page's own server the newest moment seen.
    Seen(Timestamp),
    /// Tells the page's own server that something may have been written at an unknown moment.
    Wrote,
    Auth(AuthSnapshot),
    Connection(ConnectionState),
    /// A message for the developer's console.
    Warn(String),
    /// A function's output, for the developer's console.
    Log(String),
    /// A function's error, for the developer's console.
    Error(String),
}

/// The outcome of a token fetch.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenOutcome {
    /// A token.
    Token(String),
    /// There is no session: nobody is signed in.
    NoSession,
    /// The answer is unknown for now (network, 5xx, 408, 429). The client asks again later, and nothing changes on
    /// screen.
    Unknown,
}

/// What is known about the user when the client starts.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitialAuth {
    /// Nothing is known: a token is fetched before anything else is sent.
    #[default]
    Unknown,
    /// Nobody is signed in: no token is fetched before
    /// [`ConvexClient::refresh_auth`](crate::ConvexClient::refresh_auth).
    SignedOut,
    /// Somebody is signed in with this token, which the server has verified.
    Token(String),
}

/// The signed-in state, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthStatus {
    /// Not known yet.
    #[default]
    Loading,
    /// There is a token that the backend accepts.
    Authenticated,
    /// Nobody is signed in.
    Unauthenticated,
}

/// The authentication state the app sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AuthSnapshot {
    pub(crate) status: AuthStatus,
    /// The backend refused a token it had accepted before, and a new one is being fetched.
    pub(crate) refreshing: bool,
    /// Grows each time the user changes, to another person or to nobody.
    pub(crate) epoch: u32,
}
