//! What the forms for signing in and signing up have in common.

use leptos::prelude::*;
use leptos_better_auth::{SignedIn, use_session};

use super::FormAction;
use crate::{
    actions::{Outcome, Refusal, refusal},
    request::use_kept_refusal,
    ui::{field_id, focus_later},
};

/// The answer to a form, for the fields to show. Copy it into as many closures as needed.
#[derive(Clone, Copy, Debug)]
pub struct AccountForm {
    refusal: Memo<Option<Refusal>>,
    kept: StoredValue<Option<Refusal>>,
}

impl AccountForm {
    /// What is wrong with the form as a whole.
    #[must_use]
    pub fn message(self) -> Signal<Option<String>> {
        Signal::derive(move || self.refusal.with(|it| it.as_ref()?.message.clone()))
    }

    /// What is wrong with one field.
    #[must_use]
    pub fn error(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.refusal
                .with(|it| it.as_ref()?.fields.get(field).cloned())
        })
    }

    /// What was typed into a field before the page came back from the server.
    #[must_use]
    pub fn typed(self, field: &str) -> String {
        self.kept
            .with_value(|kept| kept.as_ref()?.typed.get(field).cloned())
            .unwrap_or_default()
    }
}

/// Follows the form `form` with the inputs `fields`: takes in the session when it succeeds, which
/// brings the page on to where the person wanted; else shows what is wrong and focuses the first
/// field concerned.
pub fn use_account_form(
    form: &'static str,
    fields: &'static [&'static str],
    action: FormAction<SignedIn>,
) -> AccountForm {
    let value = action.value();
    let kept = use_kept_refusal(form);
    let refusal = {
        let kept = kept.clone();
        Memo::new(move |_| {
            value.with(|value| match value {
                None => kept.clone(),
                Some(_) => refusal(value.as_ref()),
            })
        })
    };
    let session = use_session();
    Effect::new(move || {
        if let Some(Ok(Outcome::Done(signed_in))) = value.get() {
            session.adopt(&signed_in);
        }
    });
    Effect::new(move || {
        let wrong = refusal.with(|it| {
            let refused = &it.as_ref()?.fields;
            fields
                .iter()
                .find(|field| refused.contains_key(**field))
                .copied()
        });
        if let Some(field) = wrong {
            focus_later(field_id(form, field));
        }
    });
    AccountForm {
        refusal,
        kept: StoredValue::new(kept),
    }
}
