//! Changing the password.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "change-password";

/// Changes the password and ends all other sessions.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "change-password")]
pub async fn change_password(
    /// The current password.
    #[server(rename = "currentPassword")]
    current: String,
    /// The new password.
    #[server(default)]
    password: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::Refusal;
    use super::server::{auth_refusal, missing, settle_settings};
    use leptos_better_auth::{AuthErrorCode, ChangePassword, server::auth_client};

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
                // The next call ends them: this way the current session and its token stay.
                revoke_other_sessions: false,
            };
            let auth = auth_client();
            match auth.change_password(form).await {
                Ok(_) => auth
                    .revoke_other_sessions()
                    .await
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
