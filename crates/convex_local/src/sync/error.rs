//! The errors that end a session.

/// The reasons for ending a session, each with its message for the client.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// The client is at fault and must not try the same again: `FatalError`, then a close.
    #[error("{0}")]
    Client(String),
    /// An `Authenticate` was refused: `AuthError` with `authUpdateAttempted: true`.
    #[error("{0}")]
    AuthRefused(String),
    /// The identity of the session has expired: `AuthError` with `authUpdateAttempted: false`.
    #[error("Convex token identity expired")]
    AuthExpired,
    /// The load is too high; the client reconnects after a while (close code 1013).
    #[error("{0}")]
    Overloaded(&'static str),
    /// An error after which the client may reconnect (close code 1011).
    #[error("{0}")]
    Internal(String),
    /// The client is gone or does not respond, so nothing is sent.
    #[error("the client went away")]
    Gone,
}
