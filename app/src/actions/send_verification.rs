//! Asking for a mail that confirms an address.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "send-verification";

/// Sends the mail if there is such an account, and says the same if there is not.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "send-verification")]
pub async fn send_verification(
    /// E-mail address.
    #[server(default)]
    email: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle};
    use crate::next::DONE;
    use leptos_better_auth::{AuthErrorCode, SendVerificationEmail, server::auth_client};

    let done = format!("/verify-email?{DONE}=verification-sent");
    let result = match missing(&[("email", email.as_str(), "your email address")]) {
        Some(refusal) => Err(refusal),
        None => {
            let form = SendVerificationEmail {
                email: email.trim().to_owned(),
                callback_url: Some(format!("/verify-email?{DONE}=verified")),
            };
            match auth_client().send_verification_email(form).await {
                // A person who asks about another's address, or a confirmed one, learns nothing.
                Ok(()) => Ok(done),
                Err(error) => match error.code {
                    AuthErrorCode::EmailAlreadyVerified | AuthErrorCode::EmailMismatch => Ok(done),
                    _ => Err(auth_refusal(error)),
                },
            }
        }
    };
    let result = result.map_err(|refusal| refusal.typed("email", &email));
    Ok(settle(FORM, "/verify-email", result, String::as_str))
}
