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

    let result = match missing(&[
        ("currentPassword", current.as_str(), "your present password"),
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
                    .map_err(auth_refusal),
                Err(error) if error.code == AuthErrorCode::InvalidPassword => {
                    Err(Refusal::of_field("currentPassword", error.message))
                }
                Err(error) => Err(auth_refusal(error)),
            }
        }
    };
    Ok(settle_settings(FORM, result, "password"))
}
