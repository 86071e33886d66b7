//! Asking the server whether the visitor is signed in.

use leptos::prelude::*;

/// Whether the visitor's token verifies. During server rendering this is a plain function call.
///
/// # Errors
///
/// When the server cannot be reached.
#[server(prefix = "/actions", endpoint = "check-access")]
pub async fn check_access() -> Result<bool, ServerFnError> {
    Ok(leptos_better_auth::server::is_authenticated().await)
}
