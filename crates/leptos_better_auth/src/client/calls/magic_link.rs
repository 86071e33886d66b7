//! Links by mail.

use super::sign_in::user_of;
use crate::client::auth_client::AuthClient;
use crate::client::last_login;
use crate::query::escape;
use crate::{AuthError, SignInAnswer, User};

/// The magic-link plugin. To request a link, use [`sign_in().magic_link(…)`](super::SignIn::magic_link).
#[derive(Clone, Debug)]
pub struct MagicLinkPlugin(AuthClient);

impl AuthClient {
    /// Returns the calls of `authClient.magicLink.*`.
    pub fn magic_link(&self) -> MagicLinkPlugin {
        MagicLinkPlugin(self.clone())
    }
}

impl MagicLinkPlugin {
    /// Sends `GET /magic-link/verify`, like the link in the mail, for a page that has the token. Signs in.
    ///
    /// Better Auth answers a bad token with a redirect instead of a code. On the server that is an error whose
    /// [`status`](AuthError::status) is 302. A browser follows it and finds a page
    /// ([`UnexpectedAnswer`](crate::AuthErrorCode::UnexpectedAnswer)).
    pub async fn verify(&self, token: &str) -> Result<User, AuthError> {
        let path = format!("/magic-link/verify?token={}", escape(token));
        let answer: SignInAnswer = self.0.get(&path).await?;
        last_login::settle();
        self.0.session_changed();
        user_of(answer)
    }
}
