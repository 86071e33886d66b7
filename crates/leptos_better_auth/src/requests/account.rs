//! Requests that change an account.

use serde::Serialize;

use super::secret::keep_secret;

/// `POST /update-user`: what is `None` stays. Additional fields of your own go through
/// [`AuthClient::fetch`](crate::AuthClient::fetch); the address has a route of its own.
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
    /// The address wanted.
    pub new_email: String,
    /// Where the link in the mail leads in the end; must be on this site.
    #[serde(rename = "callbackURL", skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

/// `POST /change-password`.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePassword {
    /// The password so far.
    pub current_password: String,
    /// The next one, 8 to 128 characters by default.
    pub new_password: String,
    /// Ends all sessions, and gives this browser a new one.
    pub revoke_other_sessions: bool,
}

/// `POST /delete-user`. Without password or token the session must be young (a day by default).
#[derive(Clone, Default, Serialize)]
pub struct DeleteUser {
    /// The person's password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// What the link in a confirmation mail brought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Where the link in the mail leads in the end; must be on this site.
    #[serde(rename = "callbackURL", skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

/// `POST /request-password-reset`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPasswordReset {
    /// Address of the account. Better Auth answers the same if there is none.
    pub email: String,
    /// Page that asks for the new password; gets `?token=…`, or `?error=INVALID_TOKEN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_to: Option<String>,
}

/// `POST /reset-password`.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResetPassword {
    /// The new password, 8 to 128 characters by default.
    pub new_password: String,
    /// What the link in the mail brought.
    pub token: String,
}

/// `POST /send-verification-email`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SendVerificationEmail {
    /// The address to confirm.
    pub email: String,
    /// Where the link in the mail leads in the end; must be on this site.
    #[serde(rename = "callbackURL", skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
}

keep_secret!(ChangePassword, DeleteUser, ResetPassword);
