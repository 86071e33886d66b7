//! The usage of a transaction: how much it reads and writes for the function that it runs, and how much it may:
//! numbers and wording after `crates/common/src/knobs.rs`, `crates/database/src/{reads,writes}.rs` and
//! `execution_size.rs` of `get-convex/convex-backend`.
//!
//! What the backend does for itself, and its own tables, are not counted.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::error::DbError;
use super::model::Document;
use crate::value::{Object, object_size};

const HELP: &str = "Consider using smaller limits in your queries, paginating your queries, or \
                    using indexed queries with a selective index range expressions.";

/// How much a function may, with the names of `TransactionLimits` of npm `convex`. What is not said is
/// what Convex lets any function do.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TransactionLimits {
    /// Bytes of documents, by Convex's formula.
    bytes_read: usize,
    bytes_written: usize,
    /// Ranges of indexes, those of one document among them.
    database_queries: usize,
    /// The same document twice counts twice.
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
            // Convex has not said how many; a mutation that holds files holds them in memory.
            files_written: 100,
            file_write_bytes: 16 << 20,
            files_read: 100,
            file_read_bytes: 16 << 20,
        }
    }
}

/// What has been read and written so far, of what may be. What is refused is counted, too.
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

/// What is taken back with a part of a transaction that fails.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    documents: usize,
    bytes: usize,
}

impl Usage {
    /// Counts a document that is read. `ranges` is how many ranges of indexes have been.
    ///
    /// # Errors
    /// When that is more than the function may.
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

    /// Counts a document that is to be written, or deleted if there are no fields.
    ///
    /// # Errors
    /// When that is more than the function may.
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

    /// Counts a function that is scheduled, with so many bytes of arguments.
    ///
    /// # Errors
    /// When that is more than the function may.
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
    /// When that is more than the function may.
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
    /// When that is more than the function may.
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

    /// Lets a call within the function use so much more at most. Limits only ever tighten.
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

    /// Returns whether the call that runs has less left than functions have as a rule.
    pub(crate) fn is_tightened(&self) -> bool {
        self.limits != TransactionLimits::default()
    }

    /// Returns what holds for the call that runs, to be put back when a call within it has ended.
    pub(crate) fn limits(&self) -> TransactionLimits {
        self.limits
    }

    pub(crate) fn set_limits(&mut self, limits: TransactionLimits) {
        self.limits = limits;
    }

    pub(crate) fn written(&self) -> Written {
        self.written
    }

    /// Takes back writes. What was read stays read.
    pub(crate) fn set_written(&mut self, written: Written) {
        self.written = written;
    }

    /// Returns what `ctx.meta.getTransactionMetrics()` answers.
    pub(crate) fn metrics(&self, ranges: usize) -> Json {
        let limits = &self.limits;
        // What was refused has been counted, so less than nothing may be left, as on Convex.
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

/// Compares files, and their bytes, that were `done` (written or read) with the most that may be.
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

/// Writes bytes as Convex does: in the unit that divides most cleanly, with one digit at most.
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
        usage.write(None).expect("the one that it may");
        let refused = usage.write(None).expect_err("one more");
        let text = "Too many writes in a single function execution (limit: 2)";
        assert_eq!(refused.to_string(), text);
        assert_eq!(
            usage.metrics(0)["documentsWritten"],
            json!({ "used": 3, "remaining": -1 })
        );
    }
}
