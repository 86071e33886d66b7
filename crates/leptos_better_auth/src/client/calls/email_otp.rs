//! Codes by mail.

use serde_json::{Value, json};

use crate::client::auth_client::AuthClient;
use crate::{AuthError, EmailOtp, EmailOtpKind, ResetPasswordOtp};

/// The email OTP plugin. Signing in with a code is
/// [`sign_in().email_otp(…)`](super::SignIn::email_otp).
#[derive(Clone, Debug)]
pub struct EmailOtpPlugin(AuthClient);

impl AuthClient {
    /// Returns the calls of `authClient.emailOtp.*`.
    pub fn email_otp(&self) -> EmailOtpPlugin {
        EmailOtpPlugin(self.clone())
    }
}

impl EmailOtpPlugin {
    /// Sends `POST /email-otp/send-verification-otp`. The answer is the same for addresses without an account.
    pub async fn send_verification_otp(
        &self,
        email: &str,
        kind: EmailOtpKind,
    ) -> Result<(), AuthError> {
        let body = json!({ "email": email, "type": kind.as_str() });
        self.0.post("/email-otp/send-verification-otp", &body).await
    }

    /// Sends `POST /email-otp/check-verification-otp` and returns whether a code is valid, without using it up.
    pub async fn check_verification_otp(
        &self,
        code: &EmailOtp,
        kind: EmailOtpKind,
    ) -> Result<(), AuthError> {
        let body = json!({ "email": code.email, "otp": code.otp, "type": kind.as_str() });
        self.0
            .post("/email-otp/check-verification-otp", &body)
            .await
    }

    /// Sends `POST /email-otp/verify-email`: confirms the address.
    pub async fn verify_email(&self, code: EmailOtp) -> Result<(), AuthError> {
        self.0
            .ask::<_, Value>("/email-otp/verify-email", &code)
            .await?;
        self.0.session_changed();
        Ok(())
    }

    /// Sends `POST /email-otp/request-password-reset`. The answer is the same for addresses without an account.
    pub async fn request_password_reset(&self, email: &str) -> Result<(), AuthError> {
        let body = json!({ "email": email });
        self.0
            .post("/email-otp/request-password-reset", &body)
            .await
    }

    /// Sends `POST /email-otp/reset-password`. It signs nobody in.
    pub async fn reset_password(&self, form: ResetPasswordOtp) -> Result<(), AuthError> {
        self.0.post("/email-otp/reset-password", &form).await
    }

    /// Sends `POST /email-otp/request-email-change`, which sends a code to the new address. `otp` is a code sent to the
    /// present one ([`EmailOtpKind::ChangeEmail`]), if the deployment requires it.
    pub async fn request_email_change(
        &self,
        new_email: &str,
        otp: Option<&str>,
    ) -> Result<(), AuthError> {
        let mut body = json!({ "newEmail": new_email });
        if let Some(otp) = otp {
            body["otp"] = otp.into();
        }
        self.0.post("/email-otp/request-email-change", &body).await
    }

    /// Sends `POST /email-otp/change-email`, with the code sent to the new address.
    pub async fn change_email(&self, new_email: &str, otp: &str) -> Result<(), AuthError> {
        let body = json!({ "newEmail": new_email, "otp": otp });
        self.0.post("/email-otp/change-email", &body).await?;
        self.0.session_changed();
        Ok(())
    }
}
