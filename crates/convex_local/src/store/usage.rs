//! How much a transaction reads and writes for the function that it runs, and how much it may:
//! numbers and wording after `crates/common/src/knobs.rs` and `crates/database/src/{reads,writes}.rs`
//! of `get-convex/convex-backend`.
//!
//! What the backend does for itself, and its own tables, are not counted.

use super::error::DbError;
use super::model::Document;
use crate::value::{Object, object_size, value_size};

/// Most documents that may be read; the same one twice counts twice.
const MAX_DOCUMENTS_READ: usize = 32_000;
/// Most bytes of documents that may be read, by Convex's formula.
const MAX_BYTES_READ: usize = 1 << 24;
/// Most ranges of indexes that may be read, those of one document among them.
const MAX_RANGES_READ: usize = 4096;
/// Most documents that may be written.
const MAX_DOCUMENTS_WRITTEN: usize = 16_000;
/// Most bytes of documents that may be written.
const MAX_BYTES_WRITTEN: usize = 1 << 24;

/// Functions that one transaction may schedule.
const MAX_SCHEDULED: usize = 1_000;
/// Bytes of arguments that one transaction may schedule.
const MAX_ARGS_SIZE: usize = 16 << 20;

const HELP: &str = "Consider using smaller limits in your queries, paginating your queries, or \
                    using indexed queries with a selective index range expressions.";

/// What has been read and written so far. What is refused is counted, too.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    documents_read: usize,
    bytes_read: usize,
    documents_written: usize,
    bytes_written: usize,
}

impl Usage {
    /// Counts a document that is read. `ranges` is how many ranges of indexes have been.
    pub(crate) fn read(
        &mut self,
        document: Option<&Document>,
        ranges: usize,
    ) -> Result<(), DbError> {
        if let Some(document) = document.filter(|document| !document.id.is_of_system_table()) {
            self.documents_read += 1;
            self.bytes_read += value_size(&document.fields);
        }
        let problem = if self.documents_read > MAX_DOCUMENTS_READ {
            format!("documents read in a single function execution (limit: {MAX_DOCUMENTS_READ})")
        } else if self.bytes_read > MAX_BYTES_READ {
            format!("bytes read in a single function execution (limit: {MAX_BYTES_READ} bytes)")
        } else if ranges > MAX_RANGES_READ {
            format!("reads in a single function execution (limit: {MAX_RANGES_READ})")
        } else {
            return Ok(());
        };
        Err(DbError::new(format!("Too many {problem}. {HELP}")))
    }

    /// Counts a document that is to be written, or deleted if there are no fields.
    pub(crate) fn write(&mut self, fields: Option<&Object>) -> Result<(), DbError> {
        self.documents_written += 1;
        self.bytes_written += fields.map_or(0, object_size);
        if self.documents_written > MAX_DOCUMENTS_WRITTEN {
            return Err(DbError::new(format!(
                "Too many writes in a single function execution (limit: {MAX_DOCUMENTS_WRITTEN})"
            )));
        }
        if self.bytes_written > MAX_BYTES_WRITTEN {
            return Err(DbError::new(
                "Too many bytes written in a single function execution (limit: 16 MiB)",
            ));
        }
        Ok(())
    }
}

/// What a transaction has scheduled so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scheduled {
    jobs: usize,
    bytes: usize,
}

impl Scheduled {
    /// Counts a job with so many bytes of arguments.
    ///
    /// # Errors
    /// When that is more than a transaction may schedule.
    pub(crate) fn add(&mut self, bytes: usize) -> Result<(), DbError> {
        self.jobs += 1;
        self.bytes += bytes;
        if self.jobs > MAX_SCHEDULED {
            return Err(DbError::new(format!(
                "Too many functions scheduled by this mutation (limit: {MAX_SCHEDULED})"
            )));
        }
        if self.bytes > MAX_ARGS_SIZE {
            return Err(DbError::new(format!(
                "Too large total size of the arguments of scheduled functions from this mutation \
                 (limit: {MAX_ARGS_SIZE} bytes)"
            )));
        }
        Ok(())
    }
}
