//! Why a form was not accepted, and how that gets back to the form.
//!
//! With WebAssembly a [`Refusal`] is the action's value. Without it, the server keeps it in a cookie
//! for the next page, in which the form shows it: nothing typed goes into a URL, and nobody can make
//! a link that shows a message of their own.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::platform;

/// What is wrong with a form that was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What is wrong with the form as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is wrong with single fields, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// What was typed, by field, to start the form with. Never a password.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub typed: BTreeMap<String, String>,
}

impl Refusal {
    /// A refusal of the form as a whole.
    #[must_use]
    pub fn of_form(message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            ..Self::default()
        }
    }

    /// A refusal of one field.
    #[must_use]
    pub fn of_field(name: &str, message: impl Into<String>) -> Self {
        Self {
            fields: BTreeMap::from([(name.to_owned(), message.into())]),
            ..Self::default()
        }
    }

    /// The same, remembering what was typed into `name`.
    #[must_use]
    pub fn typed(mut self, name: &str, value: &str) -> Self {
        self.typed.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Whether there is nothing to object to.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.message.is_none() && self.fields.is_empty()
    }
}

/// The refusal the server kept for `form` when it was sent without WebAssembly, once.
///
/// The browser gets the same answer while hydrating, and `None` afterwards.
#[must_use]
pub fn use_kept_refusal(form: &'static str) -> Option<Refusal> {
    SharedValue::new(move || platform::take_refusal(form)).into_inner()
}
