//! Signing in by mail: links and codes.

use serde::Serialize;

use super::secret::keep_secret;

/// `POST /sign-in/magic-link`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInMagicLink {
    /// The address to which the link is mailed.
    pub email: String,
    /// The display name, if this creates an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The page to which the link finally leads; must be on this site.
    #[serde(rename = "callbackURL", skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// Where the link leads if it has created an account.
    #[serde(rename = "newUserCallbackURL", skip_serializing_if = "Option::is_none")]
    pub new_user_callback_url: Option<String>,
    /// Where the link leads if it is no longer valid. The address gets `?error=…`.
    #[serde(rename = "errorCallbackURL", skip_serializing_if = "Option::is_none")]
    pub error_callback_url: Option<String>,
}

/// The purpose of a code sent by mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmailOtpKind {
    /// Signing in.
    #[default]
    SignIn,
    /// Confirming the address.
    EmailVerification,
    /// Setting a new password.
    ForgetPassword,
    /// Confirming a new address.
    ChangeEmail,
}

impl EmailOtpKind {
    /// Returns the kind as Better Auth writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::EmailVerification => "email-verification",
            Self::ForgetPassword => "forget-password",
            Self::ChangeEmail => "change-email",
        }
    }
}

impl Serialize for EmailOtpKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A code that came by mail: `POST /sign-in/email-otp` and `/email-otp/verify-email`.
#[derive(Clone, Default, Serialize)]
pub struct EmailOtp {
    /// Address it was sent to.
    pub email: String,
    /// The code, 6 digits by default.
    pub otp: String,
}

/// `POST /email-otp/reset-password`.
#[derive(Clone, Default, Serialize)]
pub struct ResetPasswordOtp {
    /// Address the code was sent to.
    pub email: String,
    /// The code.
    pub otp: String,
    /// The new password.
    pub password: String,
}

keep_secret!(EmailOtp, ResetPasswordOtp);
