//! Signing in to another account, or to the same one once more.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "switch-account";

/// Signs out, and leads to the page for signing in. A guest stays signed in, so that the todos are kept.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "switch-account")]
pub async fn switch_account(
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, settle};
    use crate::next::{local_or_home, with_next};
    use leptos_better_auth::server::{auth_client, forms};

    let next = local_or_home(callback_url.as_deref());
    let signed_out = async {
        match auth_client().get_session().await? {
            Some(current) if !current.user.is_anonymous() => forms::sign_out().await,
            _ => Ok(()),
        }
    };
    let result = signed_out.await.map_err(auth_refusal);
    let page = with_next("/sign-in", &next);
    Ok(settle(FORM, &next, result.map(|()| page), String::as_str))
}
