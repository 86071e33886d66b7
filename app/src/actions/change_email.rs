//! Changing the email address.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "change-email";

/// Sends a mail to confirm the change with. Says the same if the new address belongs to somebody else.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "change-email")]
pub async fn change_email(
    /// The new address.
    #[server(default)]
    email: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle_settings};
    use crate::next::DONE;
    use leptos_better_auth::{ChangeEmail, server::auth_client};

    let result = match missing(&[("email", email.as_str(), "the new email address")]) {
        Some(refusal) => Err(refusal),
        None => {
            let form = ChangeEmail {
                new_email: email.trim().to_owned(),
                callback_url: Some(format!("/verify-email?{DONE}=verified")),
            };
            auth_client().change_email(form).await.map_err(auth_refusal)
        }
    };
    Ok(settle_settings(FORM, result, "email"))
}
