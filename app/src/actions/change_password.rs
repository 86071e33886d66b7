//! Changing the password.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "change-password";

/// Changes the password and ends all other sessions.
///
/// # Errors
///
/// When the request is not of this site's making; a refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "change-password")]
pub async fn change_password(
    /// The password so far.
    #[server(rename = "currentPassword")]
    current: String,
    /// The next one.
    #[server(default)]
    password: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::Refusal;
    use super::server::{auth_refusal, missing, settle_settings};
    use leptos_better_auth::{AuthErrorCode, ChangePassword, server::forms};
    use serde_json::{Value, json};

    /// The password is changed, and the second step was not taken.
    const STILL_SIGNED_IN: &str = "Your password is changed, but other devices may still be signed in. \
        Sign them out under “Devices”.";

    let result = match missing(&[
        ("currentPassword", current.as_str(), "your current password"),
        ("password", password.as_str(), "a new password"),
    ]) {
        Some(refusal) => Err(refusal),
        None => {
            let form = ChangePassword {
                current_password: current,
                new_password: password,
                // By the next call: this way the present session, and its token, go on.
                revoke_other_sessions: false,
            };
            match forms::post::<_, Value>("/change-password", &form).await {
                Ok(_) => forms::post::<_, Value>("/revoke-other-sessions", &json!({}))
                    .await
                    .map(drop)
                    .map_err(|_| Refusal::of_form(STILL_SIGNED_IN)),
                Err(error) if error.code == AuthErrorCode::InvalidPassword => {
                    Err(Refusal::of_field("currentPassword", error.message))
                }
                Err(error) => Err(auth_refusal(error)),
            }
        }
    };
    Ok(settle_settings(FORM, result, "password"))
}
