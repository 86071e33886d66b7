//! Asking the server whether the visitor is signed in.

use leptos::prelude::*;

/// Asks Better Auth whether the visitor is signed in. Pages call
/// [`request::check_access`](crate::request::check_access), which makes a request in the browser alone.
///
/// # Errors
///
/// When the server cannot be reached.
#[server(prefix = "/actions", endpoint = "check-access")]
pub async fn check_access() -> Result<bool, ServerFnError> {
    Ok(crate::request::check_access().await?)
}
