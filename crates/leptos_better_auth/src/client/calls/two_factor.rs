//! The second factor.

use serde_json::{Value, json};

use super::sign_in::user_of;
use crate::client::auth_client::{AuthClient, text_of};
use crate::client::last_login;
use crate::{AuthError, SignInAnswer, TwoFactorCode, TwoFactorSetup, User};

/// The two-factor plugin: authenticator apps (TOTP), codes by mail, backup codes.
#[derive(Clone, Debug)]
pub struct TwoFactor(AuthClient);

impl AuthClient {
    /// Returns the calls of `authClient.twoFactor.*`.
    pub fn two_factor(&self) -> TwoFactor {
        TwoFactor(self.clone())
    }
}

impl TwoFactor {
    /// Sends `POST /two-factor/enable`, which starts the set-up. Two-factor is on after
    /// [`verify_totp`](Self::verify_totp) has accepted a first code.
    pub async fn enable(&self, password: &str) -> Result<TwoFactorSetup, AuthError> {
        let body = json!({ "password": password });
        let setup = self.0.ask("/two-factor/enable", &body).await?;
        self.0.session_changed();
        Ok(setup)
    }

    /// Sends `POST /two-factor/disable`.
    pub async fn disable(&self, password: &str) -> Result<(), AuthError> {
        let body = json!({ "password": password });
        self.0.post("/two-factor/disable", &body).await?;
        self.0.session_changed();
        Ok(())
    }

    /// Sends `POST /two-factor/get-totp-uri` and returns the address of the QR code again.
    pub async fn get_totp_uri(&self, password: &str) -> Result<String, AuthError> {
        let body = json!({ "password": password });
        let answer: Value = self.0.ask("/two-factor/get-totp-uri", &body).await?;
        let uri = text_of(&answer, "totpURI").ok_or_else(|| AuthError::unexpected(200))?;
        Ok(uri.to_owned())
    }

    /// Sends `POST /two-factor/verify-totp` with a code of the authenticator app. At sign-in it opens the session; when
    /// signed in, it confirms [`enable`](Self::enable).
    pub async fn verify_totp(&self, code: TwoFactorCode) -> Result<User, AuthError> {
        self.verify("/two-factor/verify-totp", code).await
    }

    /// Sends `POST /two-factor/send-otp`, which sends a code by mail, if the deployment supports it.
    pub async fn send_otp(&self) -> Result<(), AuthError> {
        self.0.post("/two-factor/send-otp", &json!({})).await
    }

    /// Sends `POST /two-factor/verify-otp` with the code of the mail.
    pub async fn verify_otp(&self, code: TwoFactorCode) -> Result<User, AuthError> {
        self.verify("/two-factor/verify-otp", code).await
    }

    /// Sends `POST /two-factor/verify-backup-code`; each code works once.
    pub async fn verify_backup_code(&self, code: TwoFactorCode) -> Result<User, AuthError> {
        self.verify("/two-factor/verify-backup-code", code).await
    }

    /// Sends `POST /two-factor/generate-backup-codes` and returns new codes. The old ones no longer work.
    pub async fn generate_backup_codes(&self, password: &str) -> Result<Vec<String>, AuthError> {
        let body = json!({ "password": password });
        let answer: Value = self
            .0
            .ask("/two-factor/generate-backup-codes", &body)
            .await?;
        let codes = answer
            .get("backupCodes")
            .and_then(Value::as_array)
            .ok_or_else(|| AuthError::unexpected(200))?;
        let texts = codes.iter().filter_map(Value::as_str);
        Ok(texts.map(str::to_owned).collect())
    }

    async fn verify(&self, path: &str, code: TwoFactorCode) -> Result<User, AuthError> {
        let answer: SignInAnswer = self.0.ask(path, &code).await?;
        last_login::settle();
        self.0.session_changed();
        user_of(answer)
    }
}
