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
    use leptos_better_auth::{AuthError, Session, server::forms};
    use serde_json::{Value, json};

    async fn end(id: &str) -> Result<(), AuthError> {
        let sessions: Vec<Session> = forms::get("/list-sessions").await?;
        let found = sessions.into_iter().find(|session| session.id == id);
        let Some(token) = found.and_then(|session| session.token) else {
            return Ok(());
        };
        let token = json!({ "token": token });
        forms::post::<_, Value>("/revoke-session", &token)
            .await
            .map(drop)
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
