//! Errors of the engine.

/// The error of a refused database call; the text is for the function's author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DbError(pub(crate) String);

impl DbError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// The reasons why a transaction did not commit. None of its writes become visible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Data that it read have changed since. Run it again.
    #[error("Documents read by the transaction changed while it ran")]
    Conflict,
    /// The disk refused the write.
    #[error("The database could not be written: {0}")]
    Storage(String),
    /// The disk failed, so it is unknown whether the last write is on it.
    #[error(
        "The database takes no more writes, because the disk failed ({0}). Check the disk, then \
         start the backend again."
    )]
    DiskFailed(String),
    /// The store is shutting down.
    #[error("The database is closed")]
    Closed,
}

/// The reasons why a setting could not be read or stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetaError {
    /// The disk refused the write.
    #[error("The database could not be written: {0}")]
    Storage(String),
    /// The store is shutting down.
    #[error("The database is closed")]
    Closed,
}
