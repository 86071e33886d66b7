//! Deleting an account.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "delete-account";

/// The notice that tells the person to sign in again first.
pub const SIGN_IN_AGAIN: &str = "sign-in-again";

/// Deletes it for good. Takes the word `delete`, and the password if the account has one.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "delete-account")]
pub async fn delete_account(
    /// The password; empty if there is none.
    #[server(default)]
    password: String,
    /// The word `delete`.
    #[server(default)]
    confirm: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::{
        Refusal,
        server::{auth_refusal, settle},
    };
    use crate::next::DONE;
    use leptos_better_auth::{AuthErrorCode, DeleteUser, server::auth_client};

    let result = if confirm.trim().eq_ignore_ascii_case("delete") {
        let form = DeleteUser {
            password: (!password.is_empty()).then_some(password),
            ..DeleteUser::default()
        };
        let auth = auth_client();
        match auth.delete_user(form).await {
            Ok(_) => Ok("/".to_owned()),
            // Without a password, the sign-in must be less than a day old.
            Err(error) if error.code == AuthErrorCode::SessionExpired => {
                // A guest cannot sign in again, and does not need to.
                let guest = auth.delete_anonymous_user().await;
                Ok(guest.map_or_else(
                    |_| format!("/settings?{DONE}={SIGN_IN_AGAIN}"),
                    |()| "/".to_owned(),
                ))
            }
            Err(error) => Err(auth_refusal(error)),
        }
    } else {
        Err(Refusal::of_field("confirm", "Type the word “delete”"))
    };
    Ok(settle(FORM, "/settings", result, String::as_str))
}
