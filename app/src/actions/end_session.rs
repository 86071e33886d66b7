//! Ending a session on another device.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "end-session";

/// Ends one session.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "end-session")]
pub async fn end_session(
    /// Its id.
    #[server(default)]
    id: String,
) -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle_settings};
    use leptos_better_auth::{AuthError, server::auth_client};

    async fn end(id: &str) -> Result<(), AuthError> {
        let auth = auth_client();
        let mut sessions = auth.list_sessions().await?.into_iter();
        let found = sessions.find(|session| session.id == id);
        match found.and_then(|session| session.token) {
            Some(token) => auth.revoke_session(&token).await,
            None => Ok(()),
        }
    }

    let result = match missing(&[("id", id.as_str(), "which session")]) {
        Some(refusal) => Err(refusal),
        None => {
            // The page knows only ids: Better Auth revokes a session by its token, which must not be in a page.
            end(&id).await.map_err(auth_refusal)
        }
    };
    Ok(settle_settings(FORM, result, "session"))
}
