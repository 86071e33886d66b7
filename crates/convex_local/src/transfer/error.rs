//! The errors of exports and imports.

use crate::store::{DbError, RestoreError};

/// The reasons why an export or an import failed. The data are unchanged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransferError {
    /// A row that cannot be used. Rows are counted from 1 and `reason` is worded as in the original.
    #[error("{file}: Row {row} {reason}")]
    Row {
        file: String,
        row: u64,
        reason: String,
    },
    /// Another problem with an entry.
    #[error("{file}: {reason}")]
    Entry { file: String, reason: String },
    /// Not a ZIP file, or an incomplete one.
    #[error("invalid zip file: {0}. Is it complete? Export or download it again.")]
    BadZip(String),
    /// More than this backend accepts.
    #[error("{0}")]
    TooLarge(String),
    /// The request is invalid.
    #[error("{0}")]
    Unusable(String),
    /// The tables were not put in place.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The disk refused.
    #[error("{doing}: {error}")]
    Disk {
        doing: String,
        error: std::io::Error,
    },
}

impl TransferError {
    pub(super) fn row(file: &str, row: u64, reason: impl Into<String>) -> Self {
        Self::Row {
            file: file.to_owned(),
            row,
            reason: reason.into(),
        }
    }

    pub(super) fn entry(file: &str, reason: impl Into<String>) -> Self {
        Self::Entry {
            file: file.to_owned(),
            reason: reason.into(),
        }
    }

    /// Returns a closure for `map_err`.
    pub(super) fn disk(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |error| Self::Disk { doing, error }
    }
}
