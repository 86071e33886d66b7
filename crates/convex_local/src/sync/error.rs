//! The errors that end a session.

/// The reasons for ending a session, each with what the client is told.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// The client is at fault and must not try the same again: `FatalError`, then a close.
    #[error("{0}")]
    Client(String),
    /// An `Authenticate` was refused: `AuthError` with `authUpdateAttempted: true`.
    #[error("{0}")]
    AuthRefused(String),
    /// The identity of the session ran out: `AuthError` with `authUpdateAttempted: false`.
    #[error("Convex token identity expired")]
    AuthExpired,
    /// Too much at once; the client comes back after a while (close code 1013).
    #[error("{0}")]
    Overloaded(&'static str),
    /// Something the client may retry by connecting again (close code 1011).
    #[error("{0}")]
    Internal(String),
    /// The other side is gone or deaf; nobody is left to be told.
    #[error("the client went away")]
    Gone,
}
