//! One-time tokens, which pass a session to another domain.

use serde_json::{Value, json};

use crate::AuthError;
use crate::client::auth_client::{AuthClient, text_of};

/// The one-time token of the component's `crossDomain` plugin.
///
/// The token of a page that is opened with `?ott=…` is redeemed by the server before it renders the page, if
/// `one_time_tokens` of `server::AuthConfig` is `Exchange`. Otherwise the page redeems it with
/// [`verify`](Self::verify).
#[derive(Clone, Debug)]
pub struct OneTimeToken(AuthClient);

impl AuthClient {
    /// Returns the calls of `authClient.crossDomain.oneTimeToken.*` and `authClient.oneTimeToken.*`.
    pub fn one_time_token(&self) -> OneTimeToken {
        OneTimeToken(self.clone())
    }
}

impl OneTimeToken {
    /// Sends `GET /one-time-token/generate`, of Better Auth's own plugin, and returns a token for this session.
    pub async fn generate(&self) -> Result<String, AuthError> {
        let answer: Value = self.0.get("/one-time-token/generate").await?;
        let token = text_of(&answer, "token").ok_or_else(|| AuthError::unexpected(200))?;
        Ok(token.to_owned())
    }

    /// Sends `POST /cross-domain/one-time-token/verify`, which takes over the token's session.
    pub async fn verify(&self, token: &str) -> Result<(), AuthError> {
        let body = json!({ "token": token });
        let verified: Value = self
            .0
            .ask("/cross-domain/one-time-token/verify", &body)
            .await?;
        let session = verified.get("session").and_then(|it| text_of(it, "token"));
        if let Some(session) = session {
            self.0.adopt_session(session.to_owned()).await?;
            self.0.session_changed();
        }
        Ok(())
    }
}
