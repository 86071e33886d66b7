//! Signing out.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "sign-out";

/// Where signing out leads.
pub const AFTER: &str = "/";

/// Ends the session. Where the browser sent cookies but no session, that is a refusal: nothing was ended.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "sign-out")]
pub async fn sign_out() -> Result<Outcome<()>, ServerFnError> {
    use super::server::{auth_refusal, settle};
    use crate::next::HOME;
    use leptos_better_auth::{AuthErrorCode, server::forms};

    /// Says that there was nothing to end.
    const NO_SESSION: &str = "/sign-in?done=no-session";

    // A second factor that was being set up is this person's.
    crate::request::second_factor::forget();
    let result = forms::sign_out().await;
    let page = match &result {
        Err(error) if error.code == AuthErrorCode::Unauthorized => NO_SESSION,
        _ => HOME,
    };
    Ok(settle(FORM, page, result.map_err(auth_refusal), |()| AFTER))
}
