//! Forgotten passwords, and the confirmation of an address.

use serde_json::{Value, json};

use crate::client::auth_client::AuthClient;
use crate::query::escape;
use crate::{AuthError, RequestPasswordReset, ResetPassword, SendVerificationEmail};

impl AuthClient {
    /// Sends `POST /request-password-reset`, which sends a mail with a link. The answer is the same for addresses
    /// without an account.
    pub async fn request_password_reset(
        &self,
        form: RequestPasswordReset,
    ) -> Result<(), AuthError> {
        self.post("/request-password-reset", &form).await
    }

    /// Sends `POST /reset-password`. [`InvalidToken`](crate::AuthErrorCode::InvalidToken) if the link was used or has
    /// expired. It signs nobody in.
    pub async fn reset_password(&self, form: ResetPassword) -> Result<(), AuthError> {
        self.post("/reset-password", &form).await
    }

    /// Sends `POST /verify-password` and returns whether this is the password of the signed-in person.
    pub async fn verify_password(&self, password: &str) -> Result<bool, AuthError> {
        let answer = self
            .post("/verify-password", &json!({ "password": password }))
            .await;
        match answer {
            Ok(()) => Ok(true),
            Err(error) if error.code == crate::AuthErrorCode::InvalidPassword => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends `POST /send-verification-email`, which sends a mail with a link that confirms the address.
    pub async fn send_verification_email(
        &self,
        form: SendVerificationEmail,
    ) -> Result<(), AuthError> {
        self.post("/send-verification-email", &form).await
    }

    /// Sends `GET /verify-email`, like the link in the mail, for a page that has the token.
    pub async fn verify_email(&self, token: &str) -> Result<(), AuthError> {
        let path = format!("/verify-email?token={}", escape(token));
        self.get::<Value>(&path).await?;
        self.session_changed();
        Ok(())
    }
}
