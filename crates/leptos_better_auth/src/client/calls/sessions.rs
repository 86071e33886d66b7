//! The person's sessions, here and elsewhere.

use serde_json::json;

use crate::client::auth_client::AuthClient;
use crate::{AuthError, Session};

impl AuthClient {
    /// Sends `GET /list-sessions` and returns the person's sessions. The one with the id of
    /// [`use_session`](crate::use_session) is this browser's.
    pub async fn list_sessions(&self) -> Result<Vec<Session>, AuthError> {
        self.get("/list-sessions").await
    }

    /// Sends `POST /revoke-session`, by [`Session::token`].
    pub async fn revoke_session(&self, token: &str) -> Result<(), AuthError> {
        self.post("/revoke-session", &json!({ "token": token }))
            .await?;
        self.session_changed();
        Ok(())
    }

    /// Sends `POST /revoke-sessions`, which ends all of them, including this one.
    pub async fn revoke_sessions(&self) -> Result<(), AuthError> {
        self.post("/revoke-sessions", &json!({})).await?;
        self.session_ended();
        Ok(())
    }

    /// Sends `POST /revoke-other-sessions`, which ends all but this one.
    pub async fn revoke_other_sessions(&self) -> Result<(), AuthError> {
        self.post("/revoke-other-sessions", &json!({})).await
    }
}
