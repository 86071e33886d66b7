//! Asking for a mail with which to choose a new password.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "request-reset";

/// Sends the mail if there is such an account, and says the same if there is not.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "request-reset")]
pub async fn request_reset(
    /// E-mail address.
    #[server(default)]
    email: String,
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle};
    use crate::next::{DONE, and, local_or_home, with_next};
    use leptos_better_auth::{RequestPasswordReset, server::auth_client};

    let next = local_or_home(callback_url.as_deref());
    let page = with_next("/forgot-password", &next);
    let wanted = [("email", email.as_str(), "your email address")];
    let result = match missing(&wanted) {
        Some(refusal) => Err(refusal),
        None => {
            let form = RequestPasswordReset {
                email: email.trim().to_owned(),
                redirect_to: Some(with_next("/reset-password", &next)),
            };
            let asked = auth_client().request_password_reset(form).await;
            asked.map_err(auth_refusal)
        }
    };
    let result = result
        .map(|()| and(&page, &format!("{DONE}=reset-sent")))
        .map_err(|refusal| refusal.typed("email", &email));
    Ok(settle(FORM, &page, result, String::as_str))
}
