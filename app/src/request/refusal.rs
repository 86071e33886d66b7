//! The refusal of a form that was sent from this page.
//!
//! The server keeps a [`Refusal`] in a cookie for the next page, in which the form shows it: nothing typed goes into a
//! URL, and nobody can make a link that shows a message of their own.

use super::server::take_refusal;
use crate::actions::Refusal;

/// What the server objected to when a form was sent, if it did.
#[derive(Clone, Debug, Default)]
pub struct Refused(Option<Refusal>);

/// Takes what the server kept for `form`. The next page knows nothing of it any more.
#[must_use]
pub fn use_refused(form: &str) -> Refused {
    Refused(take_refusal(form))
}

impl Refused {
    /// The same, or `other` if there is nothing.
    #[must_use]
    pub fn or(self, other: Option<Refusal>) -> Self {
        Self(self.0.or(other))
    }

    /// What is wrong with the form as a whole.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        self.0.as_ref()?.message.clone()
    }

    /// What is wrong with one field.
    #[must_use]
    pub fn error(&self, field: &str) -> Option<String> {
        self.0.as_ref()?.fields.get(field).cloned()
    }

    /// The first of `fields` that is wrong.
    #[must_use]
    pub fn first_wrong<'a>(&self, fields: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let refusal = self.0.as_ref()?;
        fields
            .into_iter()
            .find(|field| refusal.fields.contains_key(*field))
    }

    /// What was typed into a field.
    #[must_use]
    pub fn typed(&self, field: &str) -> String {
        let typed = self.0.as_ref().and_then(|it| it.typed.get(field).cloned());
        typed.unwrap_or_default()
    }
}
