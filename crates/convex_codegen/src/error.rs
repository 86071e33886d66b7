//! The errors of generating code.

use std::io;
use std::path::PathBuf;

/// The reason why no code was generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Not a function spec at all.
    #[error("the function spec is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// It is JSON, but not a function spec.
    #[error("the function spec holds no list of functions")]
    NoFunctions,
    /// A function with a validator that this program does not know.
    #[error("cannot read the spec of {function}")]
    Function {
        /// `file.js:name`
        function: String,
        /// The error.
        source: serde_json::Error,
    },
    /// Two files whose names differ only in JavaScript.
    #[error(
        "`{first}` and `{second}` in convex/ would be one Rust module: rename one of the files"
    )]
    SameName {
        /// One file, without its ending.
        first: String,
        /// The other.
        second: String,
    },
    /// A program that does not start.
    #[error("cannot start `{program}`: {advice}")]
    Start {
        /// The program.
        program: String,
        /// How to get it.
        advice: &'static str,
        /// The error of the system.
        source: io::Error,
    },
    /// A program that failed.
    #[error("`{program}` failed: {said}")]
    Failed {
        /// The program.
        program: String,
        /// Its output.
        said: String,
    },
}
