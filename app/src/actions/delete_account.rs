//! Deleting an account.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "delete-account";

/// Deletes it for good, after the password, which the functions ask for if there is one, and the word `delete`.
///
/// # Errors
///
/// When the request is not of this site's making; a refusal is an [`Outcome`].
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
    use leptos_better_auth::{DeleteUser, server::forms};
    use serde_json::Value;

    let result = if confirm.trim().eq_ignore_ascii_case("delete") {
        let form = DeleteUser {
            password: (!password.is_empty()).then_some(password),
            ..DeleteUser::default()
        };
        let gone = forms::post::<_, Value>("/delete-user", &form).await;
        gone.map(drop).map_err(auth_refusal)
    } else {
        Err(Refusal::of_field("confirm", "Type the word “delete”"))
    };
    let result = result.map(|()| "/".to_owned());
    Ok(settle(FORM, "/settings", result, String::as_str))
}
