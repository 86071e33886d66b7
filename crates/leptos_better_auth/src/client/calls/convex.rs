//! The Convex plugin.

use serde_json::Value;

use crate::AuthError;
use crate::client::auth_client::{AuthClient, text_of};

/// The Convex plugin.
#[derive(Clone, Debug)]
pub struct ConvexPlugin(AuthClient);

impl AuthClient {
    /// Returns the calls of `authClient.convex.*`.
    pub fn convex(&self) -> ConvexPlugin {
        ConvexPlugin(self.clone())
    }
}

impl ConvexPlugin {
    /// Sends `GET /convex/token`: a fresh Convex token, or `None` without a session.
    pub async fn token(&self) -> Result<Option<String>, AuthError> {
        match self.0.get::<Value>("/convex/token").await {
            Ok(body) => match text_of(&body, "token") {
                Some(token) => Ok(Some(token.to_owned())),
                None => Err(AuthError::unexpected(200)),
            },
            Err(error) if error.status == 401 => Ok(None),
            Err(error) => Err(error),
        }
    }
}
