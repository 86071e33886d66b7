//! Signing out.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "sign-out";

/// Where signing out leads.
pub const AFTER: &str = "/";

/// Ends the session. Fine when nobody is signed in.
///
/// # Errors
///
/// When the request is not of this site's making; a refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "sign-out")]
pub async fn sign_out() -> Result<Outcome<()>, ServerFnError> {
    use super::server::{auth_refusal, settle};
    use leptos_better_auth::server::forms;

    // A second factor that was being set up is this person's.
    crate::request::second_factor::forget();
    let result = forms::sign_out().await.map_err(auth_refusal);
    Ok(settle(FORM, crate::next::HOME, result, |()| AFTER))
}
