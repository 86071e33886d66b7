//! The errors between Rust types and Convex values.

use std::fmt;

use serde::{Deserialize, Serialize};

/// JSON text that does not encode a Convex value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed Convex value: {0}")]
pub struct MalformedValue(pub(crate) &'static str);

impl MalformedValue {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self(what)
    }
}

/// A Rust value that Convex has no value for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct EncodeError {
    message: String,
}

impl EncodeError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl serde::ser::Error for EncodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

/// A Convex value that does not have the expected Rust type.
///
/// It names the place (`[2].author.name`; empty at the top) and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecodeError {
    path: String,
    message: String,
}

impl DecodeError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
        }
    }

    pub(crate) const fn from_parts(path: String, message: String) -> Self {
        Self { path, message }
    }

    pub(crate) fn into_parts(self) -> (String, String) {
        (self.path, self.message)
    }

    pub(crate) fn in_field(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = [name, dot, &self.path].concat();
        self
    }

    pub(crate) fn at_index(mut self, index: usize) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = ["[", &index.to_string(), "]", dot, &self.path].concat();
        self
    }

    /// Returns the place of the mismatch, such as `[2].author.name`; empty when it is the value itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what was found and what was expected.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            f.write_str("at `")?;
            f.write_str(&self.path)?;
            f.write_str("`: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for DecodeError {}

impl serde::de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}
