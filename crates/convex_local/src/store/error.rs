//! Errors of the engine.

use std::path::PathBuf;

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

/// The reasons why a database was not opened. The files are unchanged.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be used.
    #[error("Cannot use the data folder {}: {error}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The operating system's error.
        error: std::io::Error,
    },
    /// Another process is using it.
    #[error(
        "The data folder {} is in use by another process. Stop it, or choose another folder.",
        path.display()
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// Made by a newer version of this program.
    #[error(
        "The database {} was written by a newer version (layout {found}, this program knows up \
         to {known}). Update the program, or move the folder away to start afresh.",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its layout number.
        found: i32,
        /// The highest layout number that this program knows.
        known: i32,
    },
    /// The disk refuses to read or write it: it is full, or the permissions are missing.
    #[error(
        "The database {} cannot be opened ({reason}). It was left as it is: check that the disk has room and that \
         the file may be read and written.",
        path.display()
    )]
    Refused {
        /// The file.
        path: PathBuf,
        /// SQLite's error.
        reason: String,
    },
    /// Not a database of this program, or damaged.
    #[error(
        "The database {} is damaged or not a database of convex-local ({reason}). It was left as \
         it is: restore a copy, or move the folder away to start afresh.",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The problem.
        reason: String,
    },
}
