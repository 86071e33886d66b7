//! Errors of starting, of reloading and of running functions.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value as Json;

use super::request_id::RequestId;
use crate::store::CommitError;

/// The error of a function. `message` is for the client, worded as on Convex.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    /// `Uncaught Error: boom\n    at handler (../convex/todos.ts:12:9)`, or a plain sentence
    /// when the function never ran.
    pub message: String,
    /// The `data` of a `ConvexError`, in Convex's JSON encoding.
    pub data: Option<Json>,
    /// Whether the backend is to blame, not the function: the process that runs functions died, or the disk refused a
    /// write. Running the function again may help.
    pub interrupted: bool,
    /// Whether the process that ran the function died during the call.
    pub(crate) process_died: bool,
    /// Whether the cause is certainly not the function: the disk refused a write, or no process starts.
    pub(crate) blameless: bool,
    /// The request it belongs to, once the call is over.
    pub request: Option<RequestId>,
}

impl FunctionError {
    /// Creates an error without data.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            data: None,
            interrupted: false,
            process_died: false,
            blameless: false,
            request: None,
        }
    }

    /// Creates an error that the function did not cause.
    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self {
            interrupted: true,
            ..Self::new(message)
        }
    }

    /// Creates an error that no function can have caused.
    pub(crate) fn blameless(message: impl Into<String>) -> Self {
        Self {
            blameless: true,
            ..Self::interrupted(message)
        }
    }

    /// Creates the error for a process that died during the call.
    pub(crate) fn process_died(message: impl Into<String>) -> Self {
        Self {
            process_died: true,
            ..Self::interrupted(message)
        }
    }

    /// Creates the error for a function that took too long; worded as on Convex.
    pub(crate) fn timed_out(limit: Duration) -> Self {
        Self::new(format!(
            "Function execution timed out (maximum duration: {limit:?})"
        ))
    }

    /// Creates the error for a call that holds too much memory; worded as on Convex.
    pub(crate) fn out_of_memory(limit: usize) -> Self {
        let megabytes = limit >> 20;
        Self::new(format!(
            "JavaScript execution ran out of memory (maximum memory usage: {megabytes} MB)"
        ))
    }

    /// Creates the error for a function that waits for a promise that never settles; begins as on Convex.
    pub(crate) fn never_settles(function: &str, waited: Duration) -> Self {
        Self::new(format!(
            "Returned promise will never resolve: {function} awaits something that never settles \
             (given up after {waited:?})"
        ))
    }
}

impl From<CommitError> for FunctionError {
    /// Marks the error as one that the function did not cause.
    fn from(error: CommitError) -> Self {
        Self::blameless(error.to_string())
    }
}

/// The reasons why the functions of a folder cannot be served at the start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no `node` on the `PATH` or at the configured path.
    #[error(
        "Node.js was not found. Install Node.js {minimum} or newer (https://nodejs.org) and start again."
    )]
    NodeMissing {
        /// The oldest major version that works.
        minimum: u32,
    },
    /// A `node` that is too old.
    #[error(
        "Node.js {found} is too old. Install Node.js {minimum} or newer (https://nodejs.org) and start again."
    )]
    NodeTooOld {
        /// The output of `node --version`.
        found: String,
        /// The oldest major version that works.
        minimum: u32,
    },
    /// The functions folder does not exist.
    #[error("There is no functions folder at {}.", .0.display())]
    NoFunctions(PathBuf),
    /// The folder does not compile, or a module throws while it is loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The runner could not be written or started, or its socket failed.
    #[error("cannot {doing}: {source}")]
    Io {
        /// The operation that failed.
        doing: &'static str,
        /// The operating system's error.
        source: std::io::Error,
    },
}

/// The error of a `convex/` folder that cannot be served. The text names file and line if they are known.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// One problem a line, `todos.ts:3:14: Expected ";" but found "x"`.
    pub message: String,
}

impl LoadError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}
