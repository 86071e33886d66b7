//! What the forms about accounts have in common.

use leptos::prelude::*;
use leptos_better_auth::{SignedIn, use_session};
use serde::de::DeserializeOwned;

use super::{Ask, FormAction};
use crate::{
    actions::{Outcome, Refusal, refusal},
    request::use_kept_refusal,
    ui::{field_id, focus_later, leave_for},
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

/// Follows the form `form` with the inputs `fields`. On success it takes in the session, and the page
/// leads to where the person wanted. Otherwise it shows what is wrong and focuses the first field
/// concerned. A sign-in with a second factor leads to the page for the code.
pub fn use_account_form(
    form: &'static str,
    fields: &'static [&'static str],
    action: FormAction<SignedIn>,
) -> AccountForm {
    let session = use_session();
    let done = move |signed_in: SignedIn| {
        if signed_in.two_factor {
            leave_for(&signed_in.redirect_to);
        } else {
            session.adopt(&signed_in);
        }
    };
    use_form(
        form,
        move |field| fields.iter().position(|it| *it == field),
        action,
        done,
    )
}

/// Follows a form that leads to another page. That page is loaded from the server, because account, session and
/// token may have changed.
pub(super) fn use_step_form(
    form: &'static str,
    asks: &'static [Ask],
    action: FormAction<String>,
) -> AccountForm {
    let place = |field: &str| asks.iter().position(|ask| ask.name == field);
    use_form(form, place, action, |page: String| leave_for(&page))
}

fn use_form<T>(
    form: &'static str,
    place: impl Fn(&str) -> Option<usize> + Send + Sync + 'static,
    action: FormAction<T>,
    done: impl Fn(T) + 'static,
) -> AccountForm
where
    T: Clone + DeserializeOwned + Send + Sync + 'static,
{
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
    Effect::new(move || {
        if let Some(Ok(Outcome::Done(value))) = value.get() {
            done(value);
        }
    });
    Effect::new(move || {
        let wrong = refusal.with(|it| {
            let refused = it.as_ref()?.fields.keys();
            let first = refused.min_by_key(|field| place(field).unwrap_or(usize::MAX))?;
            Some(field_id(form, first))
        });
        if let Some(id) = wrong {
            focus_later(id);
        }
    });
    AccountForm {
        refusal,
        kept: StoredValue::new(kept),
    }
}
