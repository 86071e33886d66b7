//! The refusal of a form, kept for the page that shows it.
//!
//! The server keeps a [`Refusal`] in a cookie for the next page, in which the form shows it. So nothing that was typed
//! goes into a URL, and nobody can make a link that shows their own message.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::request::cookies::{self, Scope};

const COOKIE: &str = "form-refusal";

/// How long the cookie lasts. The next page reads it.
const COOKIE_SECONDS: u32 = 60;

/// Browsers keep cookies of up to 4096 bytes. If a refusal is larger, what was typed is left out.
const COOKIE_BYTES: usize = 3500;

#[derive(Serialize, Deserialize)]
struct Kept {
    form: String,
    refusal: Refusal,
}

/// The refusal of a form that was sent, if there was one.
#[derive(Clone, Debug, Default)]
pub struct Refused(Option<Refusal>);

/// Takes the refusal that was kept for `form`, so that it is shown once.
#[must_use]
pub fn use_refused(form: &str) -> Refused {
    Refused(take(form))
}

/// Keeps `refusal` for the next page with this form.
pub(super) fn keep(form: &str, refusal: &Refusal) {
    let mut kept = Kept {
        form: form.to_owned(),
        refusal: refusal.clone(),
    };
    let mut value = cookies::write(&kept);
    if value.len() > COOKIE_BYTES {
        kept.refusal.typed.clear();
        value = cookies::write(&kept);
    }
    cookies::set(Scope::Site, COOKIE, &value, COOKIE_SECONDS);
}

fn take(form: &str) -> Option<Refusal> {
    let kept: Kept = cookies::read(&cookies::get(Scope::Site, COOKIE)?)?;
    if kept.form != form {
        return None;
    }
    cookies::delete(Scope::Site, COOKIE);
    Some(kept.refusal)
}

impl Refused {
    /// Returns this refusal, or `other` if there is none.
    #[must_use]
    pub fn or(self, other: Option<Refusal>) -> Self {
        Self(self.0.or(other))
    }

    /// Returns the message for the form as a whole.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        self.0.as_ref()?.message.clone()
    }

    /// Returns the message for one field.
    #[must_use]
    pub fn error(&self, field: &str) -> Option<String> {
        self.0.as_ref()?.fields.get(field).cloned()
    }

    /// Returns the first of `fields` with a message.
    #[must_use]
    pub fn first_wrong<'a>(&self, fields: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let refusal = self.0.as_ref()?;
        fields
            .into_iter()
            .find(|field| refusal.fields.contains_key(*field))
    }

    /// Returns what was typed into a field.
    #[must_use]
    pub fn typed(&self, field: &str) -> String {
        let typed = self.0.as_ref().and_then(|it| it.typed.get(field).cloned());
        typed.unwrap_or_default()
    }
}
