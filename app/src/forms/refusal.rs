//! The reason why a form was not accepted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The reasons why a form was not accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The message for the form as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The messages for single fields, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// The text that was typed, by field, to start the form with. Never a password.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub typed: BTreeMap<String, String>,
}

impl Refusal {
    /// Creates a refusal of the form as a whole.
    #[must_use]
    pub fn of_form(message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            ..Self::default()
        }
    }

    /// Creates a refusal of one field.
    #[must_use]
    pub fn of_field(name: &str, message: impl Into<String>) -> Self {
        Self {
            fields: BTreeMap::from([(name.to_owned(), message.into())]),
            ..Self::default()
        }
    }

    /// Adds what was typed into `name`.
    #[must_use]
    pub fn typed(mut self, name: &str, value: &str) -> Self {
        self.typed.insert(name.to_owned(), value.to_owned());
        self
    }
}
