//! Links by mail.

use super::sign_in::user_of;
use crate::client::auth_client::AuthClient;
use crate::client::last_login;
use crate::query::escape;
use crate::{AuthError, SignInAnswer, User};

/// The magic-link plugin. Asking for a link is [`sign_in().magic_link(…)`](super::SignIn::magic_link).
#[derive(Clone, Debug)]
pub struct MagicLinkPlugin(AuthClient);

impl AuthClient {
    /// Returns the calls of `authClient.magicLink.*`.
    pub fn magic_link(&self) -> MagicLinkPlugin {
        MagicLinkPlugin(self.clone())
    }
}

impl MagicLinkPlugin {
    /// Sends `GET /magic-link/verify`, what the link in the mail does, for a page that is given the token. Signs in.
    ///
    /// To a bad token Better Auth answers with a redirect instead of a code. On the server that is an error whose
    /// [`status`](AuthError::status) is 302; a browser follows it and finds a page
    /// ([`UnexpectedAnswer`](crate::AuthErrorCode::UnexpectedAnswer)).
    pub async fn verify(&self, token: &str) -> Result<User, AuthError> {
        let path = format!("/magic-link/verify?token={}", escape(token));
        let answer: SignInAnswer = self.0.get(&path).await?;
        last_login::settle();
        self.0.session_changed();
        user_of(answer)
    }
}
