//! Ending the sessions on all other devices.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "end-other-sessions";

/// Ends them.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "end-other-sessions")]
pub async fn end_other_sessions() -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle_settings};
    use leptos_better_auth::server::auth_client;

    let result = match missing(&[]) {
        Some(refusal) => Err(refusal),
        None => auth_client()
            .revoke_other_sessions()
            .await
            .map_err(auth_refusal),
    };
    Ok(settle_settings(FORM, result, "sessions"))
}
