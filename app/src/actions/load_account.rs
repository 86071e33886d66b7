//! The visitor's account, for the settings.

use leptos::prelude::*;

use crate::request::AccountOverview;

/// Loads what the settings show, or `None` if the session has ended. Pages call
/// [`request::load_account`](crate::request::load_account), which makes a request in the browser alone.
///
/// # Errors
///
/// When Better Auth does not answer.
#[server(prefix = "/actions", endpoint = "load-account")]
pub async fn load_account() -> Result<Option<AccountOverview>, ServerFnError> {
    Ok(crate::request::load_account().await?)
}
