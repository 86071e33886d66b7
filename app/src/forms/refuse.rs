//! The conversion of errors to refusals, for `?` in a form's server function.

use std::collections::BTreeMap;

use leptos_better_auth::{AuthError, AuthErrorCode};
use leptos_convex::CallError;

use super::Refusal;

/// Better Auth's refusal, shown at the field that it names.
impl From<AuthError> for Refusal {
    fn from(error: AuthError) -> Self {
        use AuthErrorCode as Code;
        match error.code {
            Code::InvalidEmail
            | Code::UserAlreadyExists
            | Code::UserAlreadyExistsUseAnotherEmail => Self::of_field("email", error.message),
            Code::PasswordTooShort | Code::PasswordTooLong | Code::InvalidPassword => {
                Self::of_field("password", error.message)
            }
            Code::InvalidCode | Code::InvalidBackupCode => Self::of_field("code", error.message),
            Code::InvalidOtp => Self::of_field("code", "Invalid code"),
            Code::ValidationError => {
                named_fields(&error.message).unwrap_or_else(|| Self::of_form(error.message))
            }
            Code::SessionNotFresh => Self::of_form(
                "You signed in more than a day ago. Sign out, sign in again, and then try once more.",
            ),
            _ => Self::of_form(error.message),
        }
    }
}

/// The reason why a mutation failed, in words for the person.
impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Convex(error) => Self::of_form(error.text()),
            CallError::Unauthenticated { .. } => Self::of_form("Sign in again to continue."),
            CallError::Network { .. } => {
                Self::of_form("The service that keeps your data does not answer. Please try again.")
            }
            _ => Self::of_form("That did not work. Please try again."),
        }
    }
}

/// Explains why the link of a mail did not work. Better Auth answers a bad link with a redirect to its own page.
#[must_use]
pub fn link_refusal(error: AuthError) -> Refusal {
    if error.code == AuthErrorCode::InvalidToken || (300..400).contains(&error.status) {
        return Refusal::of_form("This link has been used, has expired, or is incomplete.");
    }
    error.into()
}

/// Checks that none of these fields is empty. Each has its name, its value and a description.
///
/// # Errors
///
/// If some are empty, a refusal with what to enter.
pub fn require(fields: &[(&str, &str, &str)]) -> Result<(), Refusal> {
    let fields: BTreeMap<String, String> = fields
        .iter()
        .filter(|(_, value, _)| value.trim().is_empty())
        .map(|(name, _, what)| ((*name).to_owned(), format!("Enter {what}")))
        .collect();
    if fields.is_empty() {
        return Ok(());
    }
    Err(Refusal {
        fields,
        ..Refusal::default()
    })
}

/// Parses Better Auth's validation errors of single fields: `[body.email] Invalid email address; …`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_fields_are_named_with_what_to_enter() {
        assert_eq!(require(&[("email", "a@b.example", "your email")]), Ok(()));
        let refused = require(&[("email", " ", "your email address"), ("name", "Ada", "it")]);
        assert_eq!(
            refused,
            Err(Refusal::of_field("email", "Enter your email address"))
        );
    }

    #[test]
    fn validation_is_shown_beside_the_fields_it_names() {
        let refusal = named_fields("[body.email] Invalid email address; [body.name] Too long");
        let fields = refusal.expect("two fields").fields;
        assert_eq!(fields["email"], "Invalid email address");
        assert_eq!(fields["name"], "Too long");
        assert_eq!(named_fields("[body.secret] Wrong"), None);
        assert_eq!(named_fields("Something else"), None);
    }
}
