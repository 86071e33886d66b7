//! Requests that change an account.

use serde::Serialize;

use super::secret::keep_secret;

/// `POST /update-user`. A field that is `None` stays unchanged. To change additional fields of your own, use
/// [`AuthClient::fetch`](crate::AuthClient::fetch). The email address has a separate route.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UpdateUser {
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Picture address; `Some(None)` removes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Option<String>>,
}

/// `POST /change-email`. If the present address is confirmed, Better Auth writes to it first.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeEmail {
    /// The new address.
    pub new_email: String,
    /// The page to which the link in the mail finally leads; must be on this site.
    #[serde(rename = "callbackURL", skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

/// `POST /change-password`.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePassword {
    /// The current password.
    pub current_password: String,
    /// The new password, 8 to 128 characters by default.
    pub new_password: String,
    /// Whether to end all sessions and give this browser a new one.
    pub revoke_other_sessions: bool,
}

/// `POST /delete-user`. Without a password or token, the session must be recent (less than a day old by default).
#[derive(Clone, Default, Serialize)]
pub struct DeleteUser {
    /// The person's password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// The token of the link in a confirmation mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The page to which the link in the mail finally leads; must be on this site.
    #[serde(rename = "callbackURL", skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

/// `POST /request-password-reset`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPasswordReset {
    /// Address of the account. Better Auth answers the same if there is none.
    pub email: String,
    /// The page that asks for the new password. Its address gets `?token=…`, or `?error=INVALID_TOKEN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_to: Option<String>,
}

/// `POST /reset-password`.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResetPassword {
    /// The new password, 8 to 128 characters by default.
    pub new_password: String,
    /// The token of the link in the mail.
    pub token: String,
}

/// `POST /send-verification-email`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SendVerificationEmail {
    /// The address to confirm.
    pub email: String,
    /// The page to which the link in the mail finally leads; must be on this site.
    #[serde(rename = "callbackURL", skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

keep_secret!(ChangePassword, DeleteUser, ResetPassword);
