//! The usage of a transaction: how much its function reads and writes, and the limits. Numbers and wording after
//! `crates/common/src/knobs.rs`, `crates/database/src/{reads,writes}.rs` and `execution_size.rs` of
//! `get-convex/convex-backend`.
//!
//! The backend's own work and system tables are not counted.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::error::DbError;
use super::model::Document;
use crate::value::{Object, object_size};

const HELP: &str = "Consider using smaller limits in your queries, paginating your queries, or \
                    using indexed queries with a selective index range expressions.";

/// The limits of a function, with the names of `TransactionLimits` of npm `convex`. The default is Convex's limit for
/// any function.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TransactionLimits {
    /// Bytes of documents, by Convex's formula.
    bytes_read: usize,
    bytes_written: usize,
    /// Ranges of indexes, including ranges of one document.
    database_queries: usize,
    /// A document that is read twice counts twice.
    documents_read: usize,
    documents_written: usize,
    functions_scheduled: usize,
    scheduled_function_args_bytes: usize,
    files_written: usize,
    file_write_bytes: usize,
    files_read: usize,
    file_read_bytes: usize,
}

impl Default for TransactionLimits {
    fn default() -> Self {
        Self {
            bytes_read: 16 << 20,
            bytes_written: 16 << 20,
            database_queries: 4096,
            documents_read: 32_000,
            documents_written: 16_000,
            functions_scheduled: 1_000,
            scheduled_function_args_bytes: 16 << 20,
            // Convex documents no number; a mutation holds its files in memory.
            files_written: 100,
            file_write_bytes: 16 << 20,
            files_read: 100,
            file_read_bytes: 16 << 20,
        }
    }
}

/// The usage so far and its limits. Refused operations also count.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    bytes_read: usize,
    documents_read: usize,
    written: Written,
    functions_scheduled: usize,
    scheduled_function_args_bytes: usize,
    files_written: usize,
    file_write_bytes: usize,
    files_read: usize,
    file_read_bytes: usize,
    limits: TransactionLimits,
}

/// The part of the usage that is reset when a part of a transaction fails.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    documents: usize,
    bytes: usize,
}

impl Usage {
    /// Counts a document that is read. `ranges` is the number of index ranges read so far.
    ///
    /// # Errors
    /// When the function's limit is exceeded.
    pub(crate) fn read(
        &mut self,
        document: Option<&Document>,
        ranges: usize,
    ) -> Result<(), DbError> {
        if let Some(document) = document.filter(|document| !document.id.is_of_system_table()) {
            self.documents_read += 1;
            self.bytes_read += document.size();
        }
        let limits = &self.limits;
        let problem = if self.documents_read > limits.documents_read {
            let most = limits.documents_read;
            format!("documents read in a single function execution (limit: {most})")
        } else if self.bytes_read > limits.bytes_read {
            let most = limits.bytes_read;
            format!("bytes read in a single function execution (limit: {most} bytes)")
        } else if ranges > limits.database_queries {
            let most = limits.database_queries;
            format!("reads in a single function execution (limit: {most})")
        } else {
            return Ok(());
        };
        Err(DbError::new(format!("Too many {problem}. {HELP}")))
    }

    /// Counts a written document, or a deleted one if there are no fields.
    ///
    /// # Errors
    /// When the function's limit is exceeded.
    pub(crate) fn write(&mut self, fields: Option<&Object>) -> Result<(), DbError> {
        self.written.documents += 1;
        self.written.bytes += fields.map_or(0, object_size);
        let limits = &self.limits;
        if self.written.documents > limits.documents_written {
            return Err(DbError::new(format!(
                "Too many writes in a single function execution (limit: {})",
                limits.documents_written
            )));
        }
        if self.written.bytes > limits.bytes_written {
            return Err(DbError::new(format!(
                "Too many bytes written in a single function execution (limit: {})",
                format_bytes(limits.bytes_written)
            )));
        }
        Ok(())
    }

    /// Counts a scheduled function with `bytes` of arguments.
    ///
    /// # Errors
    /// When the function's limit is exceeded.
    pub(crate) fn schedule(&mut self, bytes: usize) -> Result<(), DbError> {
        self.functions_scheduled += 1;
        self.scheduled_function_args_bytes += bytes;
        let limits = &self.limits;
        if self.functions_scheduled > limits.functions_scheduled {
            return Err(DbError::new(format!(
                "Too many functions scheduled by this mutation (limit: {})",
                limits.functions_scheduled
            )));
        }
        if self.scheduled_function_args_bytes > limits.scheduled_function_args_bytes {
            return Err(DbError::new(format!(
                "Too large total size of the arguments of scheduled functions from this mutation \
                 (limit: {} bytes)",
                limits.scheduled_function_args_bytes
            )));
        }
        Ok(())
    }

    /// Counts a file that a mutation stores.
    ///
    /// # Errors
    /// When the function's limit is exceeded.
    pub(crate) fn write_file(&mut self, bytes: usize) -> Result<(), DbError> {
        self.files_written += 1;
        self.file_write_bytes += bytes;
        let limits = &self.limits;
        check_files(
            "written",
            (self.files_written, limits.files_written),
            (self.file_write_bytes, limits.file_write_bytes),
        )
    }

    /// Counts a file that a mutation reads.
    ///
    /// # Errors
    /// When the function's limit is exceeded.
    pub(crate) fn read_file(&mut self, bytes: usize) -> Result<(), DbError> {
        self.files_read += 1;
        self.file_read_bytes += bytes;
        let limits = &self.limits;
        check_files(
            "read",
            (self.files_read, limits.files_read),
            (self.file_read_bytes, limits.file_read_bytes),
        )
    }

    /// Limits a nested call to `budget`. A budget never raises a limit.
    pub(crate) fn tighten(&mut self, budget: &TransactionLimits, ranges: usize) {
        let limits = &mut self.limits;
        let capped = |used: usize, more: usize, most: &mut usize| {
            *most = used.saturating_add(more).min(*most);
        };
        capped(self.bytes_read, budget.bytes_read, &mut limits.bytes_read);
        capped(
            self.written.bytes,
            budget.bytes_written,
            &mut limits.bytes_written,
        );
        capped(
            ranges,
            budget.database_queries,
            &mut limits.database_queries,
        );
        capped(
            self.documents_read,
            budget.documents_read,
            &mut limits.documents_read,
        );
        capped(
            self.written.documents,
            budget.documents_written,
            &mut limits.documents_written,
        );
        capped(
            self.functions_scheduled,
            budget.functions_scheduled,
            &mut limits.functions_scheduled,
        );
        capped(
            self.scheduled_function_args_bytes,
            budget.scheduled_function_args_bytes,
            &mut limits.scheduled_function_args_bytes,
        );
        capped(
            self.files_written,
            budget.files_written,
            &mut limits.files_written,
        );
        capped(
            self.file_write_bytes,
            budget.file_write_bytes,
            &mut limits.file_write_bytes,
        );
        capped(self.files_read, budget.files_read, &mut limits.files_read);
        capped(
            self.file_read_bytes,
            budget.file_read_bytes,
            &mut limits.file_read_bytes,
        );
    }

    /// Returns whether the running call has tighter limits than usual.
    pub(crate) fn is_tightened(&self) -> bool {
        self.limits != TransactionLimits::default()
    }

    /// Returns the limits of the running call, to be restored after a nested call.
    pub(crate) fn limits(&self) -> TransactionLimits {
        self.limits
    }

    pub(crate) fn set_limits(&mut self, limits: TransactionLimits) {
        self.limits = limits;
    }

    pub(crate) fn written(&self) -> Written {
        self.written
    }

    /// Takes back writes. Reads still count.
    pub(crate) fn set_written(&mut self, written: Written) {
        self.written = written;
    }

    /// Returns the result of `ctx.meta.getTransactionMetrics()`.
    pub(crate) fn metrics(&self, ranges: usize) -> Json {
        let limits = &self.limits;
        // Refused operations count, so the rest may be negative, as on Convex.
        let metric = |used: usize, most: usize| {
            let left = i64::try_from(most).unwrap_or(i64::MAX) - i64::try_from(used).unwrap_or(0);
            json!({ "used": used, "remaining": left })
        };
        json!({
            "bytesRead": metric(self.bytes_read, limits.bytes_read),
            "bytesWritten": metric(self.written.bytes, limits.bytes_written),
            "databaseQueries": metric(ranges, limits.database_queries),
            "documentsRead": metric(self.documents_read, limits.documents_read),
            "documentsWritten": metric(self.written.documents, limits.documents_written),
            "functionsScheduled": metric(self.functions_scheduled, limits.functions_scheduled),
            "scheduledFunctionArgsBytes": metric(
                self.scheduled_function_args_bytes,
                limits.scheduled_function_args_bytes,
            ),
            "filesWritten": metric(self.files_written, limits.files_written),
            "fileWriteBytes": metric(self.file_write_bytes, limits.file_write_bytes),
            "filesRead": metric(self.files_read, limits.files_read),
            "fileReadBytes": metric(self.file_read_bytes, limits.file_read_bytes),
        })
    }
}

/// Checks the files and bytes that were `done` (written or read) against the limits.
fn check_files(
    done: &str,
    (files, most_files): (usize, usize),
    (bytes, most_bytes): (usize, usize),
) -> Result<(), DbError> {
    let (what, most) = if files > most_files {
        ("files", most_files.to_string())
    } else if bytes > most_bytes {
        ("bytes of files", format_bytes(most_bytes))
    } else {
        return Ok(());
    };
    Err(DbError::new(format!(
        "Too many {what} {done} in a single function execution (limit: {most}). Actions store and read \
         larger files."
    )))
}

/// Writes bytes as Convex does: in the largest unit that needs at most one decimal.
fn format_bytes(bytes: usize) -> String {
    const UNITS: [(usize, &str); 6] = [
        (1 << 30, "GiB"),
        (1_000_000_000, "GB"),
        (1 << 20, "MiB"),
        (1_000_000, "MB"),
        (1 << 10, "KiB"),
        (1_000, "KB"),
    ];
    for (unit, name) in UNITS {
        let (whole, rest) = (bytes / unit, bytes % unit);
        match (whole, rest.saturating_mul(10) % unit) {
            (0, _) => {}
            (_, _) if rest == 0 => return format!("{whole} {name}"),
            (_, 0) => return format!("{whole}.{} {name}", rest * 10 / unit),
            (_, _) => {}
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_on_convex() {
        for (bytes, shown) in [
            (0, "0 bytes"),
            (1534, "1534 bytes"),
            (1000, "1 KB"),
            (1024, "1 KiB"),
            (16 << 20, "16 MiB"),
            (4_718_592, "4.5 MiB"),
        ] {
            assert_eq!(format_bytes(bytes), shown);
        }
    }

    #[test]
    fn a_budget_counts_from_what_is_used_and_never_loosens() {
        let mut usage = Usage::default();
        usage.write(None).expect("the first");
        let budget = |written: usize| TransactionLimits {
            documents_written: written,
            ..TransactionLimits::default()
        };
        usage.tighten(&budget(1), 0);
        usage.tighten(&budget(5), 0);
        usage.write(None).expect("within the limit");
        let refused = usage.write(None).expect_err("one more");
        let text = "Too many writes in a single function execution (limit: 2)";
        assert_eq!(refused.to_string(), text);
        assert_eq!(
            usage.metrics(0)["documentsWritten"],
            json!({ "used": 3, "remaining": -1 })
        );
    }
}
