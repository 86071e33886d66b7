//! What the server functions share: reading errors, answering plain forms.

use std::collections::BTreeMap;

use leptos::prelude::ServerFnError;
use leptos_better_auth::{
    AuthError, AuthErrorCode, CallbackUrl, SignInEmail, SignedIn,
    server::{fetch_auth_mutation, forms},
};
use leptos_convex::{CallError, Mutation};
use serde::de::DeserializeOwned;

use super::{Outcome, Refusal, TODOS, second_factor};
use crate::{
    next::{DONE, HOME, with_next},
    request::{answer_plain_form, keep_refusal},
};

/// The settings' page.
const SETTINGS: &str = "/settings";

/// Signs in with a password; where that is not enough, the next page asks for the second factor.
pub(super) async fn sign_in_email(
    form: SignInEmail,
    next: &CallbackUrl,
) -> Result<SignedIn, AuthError> {
    let mut done = forms::sign_in_email(form, next).await?;
    if done.two_factor {
        done.redirect_to = with_next(second_factor::PAGE, next);
    }
    Ok(done)
}

/// Ends the form `form` of the page `page`. A plain form is redirected to where `next` says, or back to
/// `page` with the refusal.
pub(super) fn settle<T>(
    form: &str,
    page: &str,
    result: Result<T, Refusal>,
    next: impl FnOnce(&T) -> &str,
) -> Outcome<T> {
    match result {
        Ok(value) => {
            answer_plain_form(next(&value));
            Outcome::Done(value)
        }
        Err(refusal) => {
            keep_refusal(form, &refusal);
            answer_plain_form(page);
            Outcome::Refused(refusal)
        }
    }
}

/// Ends a form of the settings: leads back to them, with the notice `done`.
pub(super) fn settle_settings(
    form: &str,
    result: Result<(), Refusal>,
    done: &str,
) -> Outcome<String> {
    let result = result.map(|()| format!("{SETTINGS}?{DONE}={done}"));
    settle(form, SETTINGS, result, String::as_str)
}

/// Better Auth's refusal, shown beside the field it is about.
pub(super) fn auth_refusal(error: AuthError) -> Refusal {
    use AuthErrorCode as Code;
    match error.code {
        Code::InvalidEmail | Code::UserAlreadyExists | Code::UserAlreadyExistsUseAnotherEmail => {
            Refusal::of_field("email", error.message)
        }
        Code::PasswordTooShort | Code::PasswordTooLong => {
            Refusal::of_field("password", error.message)
        }
        Code::InvalidPassword => Refusal::of_field("password", error.message),
        Code::InvalidCode | Code::InvalidBackupCode => Refusal::of_field("code", error.message),
        Code::InvalidOtp => Refusal::of_field("code", "Invalid code"),
        Code::ValidationError => {
            named_fields(&error.message).unwrap_or_else(|| Refusal::of_form(error.message))
        }
        Code::SessionNotFresh => Refusal::of_form(
            "You signed in more than a day ago. Sign out, sign in again, and then try once more.",
        ),
        _ => Refusal::of_form(error.message),
    }
}

/// Why the link of a mail did not work. Better Auth answers a bad link with a redirect to its own page.
pub(super) fn link_refusal(error: AuthError) -> Refusal {
    if error.code == AuthErrorCode::InvalidToken || (300..400).contains(&error.status) {
        return Refusal::of_form("This link has been used, has expired, or is incomplete.");
    }
    auth_refusal(error)
}

/// The same about a second factor.
pub(super) fn factor_refusal(error: AuthError) -> Refusal {
    use AuthErrorCode as Code;
    match error.code {
        Code::InvalidTwoFactorCookie | Code::Unauthorized => {
            Refusal::of_form("This sign-in took too long. Please sign in again.")
        }
        Code::OtpHasExpired => Refusal::of_form("This code has expired. Ask for a new one."),
        Code::TooManyAttemptsRequestNewCode => {
            Refusal::of_form("Too many wrong codes. Please sign in again.")
        }
        _ => auth_refusal(error),
    }
}

/// What Better Auth's validation says about single fields: `[body.email] Invalid email address; …`.
fn named_fields(message: &str) -> Option<Refusal> {
    let named = |part: &str| {
        let (field, text) = part.strip_prefix("[body.")?.split_once("] ")?;
        let is_shown = ["name", "email", "password"].contains(&field);
        is_shown.then(|| (field.to_owned(), text.to_owned()))
    };
    let fields = message.split("; ").map(named).collect::<Option<_>>()?;
    Some(Refusal {
        fields,
        ..Refusal::default()
    })
}

/// Why a mutation failed, in words for the person who asked for it.
pub(super) fn call_refusal(error: &CallError) -> Refusal {
    match error {
        CallError::Convex(error) => Refusal::of_form(error.text()),
        CallError::Unauthenticated { .. } => Refusal::of_form("Sign in again to continue."),
        CallError::Network { .. } => {
            Refusal::of_form("The service that keeps your data does not answer. Please try again.")
        }
        _ => Refusal::of_form("That did not work. Please try again."),
    }
}

/// The fields that were left empty, each with what to do about it.
pub(super) fn missing(fields: &[(&str, &str, &str)]) -> Option<Refusal> {
    let fields: BTreeMap<String, String> = fields
        .iter()
        .filter(|(_, value, _)| value.trim().is_empty())
        .map(|(name, _, what)| ((*name).to_owned(), format!("Enter {what}")))
        .collect();
    (!fields.is_empty()).then(|| Refusal {
        fields,
        ..Refusal::default()
    })
}

/// Runs a mutation of the visitor's todos and goes back to them.
pub(super) async fn change_todos<T: DeserializeOwned + 'static>(
    mutation: Mutation<T>,
) -> Result<Outcome<()>, ServerFnError> {
    let result = fetch_auth_mutation(mutation).await;
    let result = result.map(drop).map_err(|error| call_refusal(&error));
    Ok(settle(TODOS, HOME, result, |()| HOME))
}

/// Goes back to the todos with a refusal.
pub(super) fn refuse_todos(refusal: Refusal) -> Outcome<()> {
    settle(TODOS, HOME, Err(refusal), |()| HOME)
}
