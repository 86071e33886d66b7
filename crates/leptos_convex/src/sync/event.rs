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

/// Numbers the sockets of a client, so that a late event of an old one is not taken for the new one's.
pub(crate) type SocketId = u32;
/// Numbers token fetches: an answer to an outdated one is dropped.
pub(crate) type Ticket = u32;

/// What the outside world knows and the state machine may not look up itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Env {
    /// Milliseconds since 1970 by this device's clock.
    pub(crate) now: f64,
    /// From 0 to 1, for jitter.
    pub(crate) random: f64,
}

/// Something happened.
#[derive(Debug)]
pub(crate) enum Event {
    Subscribe(QueryKey),
    Unsubscribe(QueryKey),
    Request(Request),
    /// The page has data of this moment.
    Observed(Timestamp),
    SetAuth(InitialAuth),
    /// Ask for a token now, whether or not one is held.
    RefreshAuth,
    ClearAuth,
    Token {
        ticket: Ticket,
        outcome: TokenOutcome,
    },
    Opened(SocketId),
    /// The socket is open, and the page's script has greeted on it.
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
    /// The device is back online, or the tab back on screen: waiting makes no sense any more.
    Wake,
    /// The end, and why, when nobody asked for it.
    Shutdown(Option<String>),
}

/// What a page's script has said on its socket before the client was there: `Connect` and one `Authenticate`.
#[derive(Debug)]
pub(crate) struct Greeting {
    /// The session's id, which the script made up.
    pub(crate) session: String,
    pub(crate) token: String,
}

/// Timers; setting one again replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Timer {
    Reconnect,
    Inactivity,
    RefreshToken,
    Linger,
}

impl Timer {
    /// How many there are.
    pub(crate) const COUNT: usize = 4;
}

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

/// Something is to be done, in this order.
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
    /// Results that changed, all of one consistent state. `None` is "not known (yet)".
    Publish(Vec<(QueryKey, Option<QueryResult>)>),
    /// Nobody subscribes to this query any more, and its grace period is over.
    Forget(QueryKey),
    Answer(RequestId, Result<Encoded, CallError>),
    /// The newest moment seen, for the page's own server.
    Seen(Timestamp),
    /// Something may have been written at a moment nobody knows, for the same.
    Wrote,
    Auth(AuthSnapshot),
    Connection(ConnectionState),
    /// For the developer's console.
    Warn(String),
    /// What a function printed, for the same.
    Log(String),
    /// What a function failed with, for the same.
    Error(String),
}

/// What a token fetch ended in.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenOutcome {
    /// A token.
    Token(String),
    /// There is no session: nobody is signed in.
    NoSession,
    /// Nobody knows just now (network, 5xx, 408, 429). Asked again later; nothing changes on screen.
    Unknown,
}

/// What is known about the user when the client starts.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitialAuth {
    /// Nothing: a token is fetched before anything else is sent.
    #[default]
    Unknown,
    /// Nobody is signed in: no token is fetched before
    /// [`ConvexClient::refresh_auth`](crate::ConvexClient::refresh_auth).
    SignedOut,
    /// Somebody is, with this token, which the server has verified.
    Token(String),
}

/// Who is signed in, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthStatus {
    /// Not known yet.
    #[default]
    Loading,
    /// There is a token the backend accepts.
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
    /// Grows each time another person (or nobody) takes the place of the one before.
    pub(crate) epoch: u32,
}
