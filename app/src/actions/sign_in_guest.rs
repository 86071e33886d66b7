//! Signing in as a guest.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "sign-in-guest";

/// Makes an account without address and password. When the guest signs in or up later, the todos are kept.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "sign-in-guest")]
pub async fn sign_in_guest(
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, settle};
    use crate::next::{local_or_home, with_next};
    use leptos_better_auth::{AuthErrorCode, server::auth_client};

    let next = local_or_home(callback_url.as_deref());
    let page = with_next("/sign-in", &next);
    let result = match auth_client().sign_in().anonymous().await {
        Ok(_) => Ok(next.into()),
        Err(error) => match error.code {
            AuthErrorCode::AnonymousUsersCannotSignInAgain => Ok(next.into()),
            _ => Err(auth_refusal(error)),
        },
    };
    Ok(settle(FORM, &page, result, String::as_str))
}
