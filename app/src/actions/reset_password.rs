//! Choosing a new password with the link from a mail.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "reset-password";

/// Sets the password and ends all sessions.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "reset-password")]
pub async fn reset_password(
    /// The token of the link.
    #[server(default)]
    token: String,
    /// The new password.
    #[server(default)]
    password: String,
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle};
    use crate::next::{DONE, and, local_or_home, with_next};
    use leptos_better_auth::{ResetPassword, server::auth_client};
    use leptos_router::location::Url;

    let next = local_or_home(callback_url.as_deref());
    let page = and(
        &with_next("/reset-password", &next),
        &format!("token={}", Url::escape(&token)),
    );
    let result = match missing(&[("password", password.as_str(), "a password")]) {
        Some(refusal) => Err(refusal),
        None => {
            let form = ResetPassword {
                new_password: password,
                token,
            };
            auth_client()
                .reset_password(form)
                .await
                .map_err(auth_refusal)
        }
    };
    let done = and(
        &with_next("/sign-in", &next),
        &format!("{DONE}=password-reset"),
    );
    Ok(settle(FORM, &page, result.map(|()| done), String::as_str))
}
