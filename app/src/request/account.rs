//! An account as its settings show it.

use serde::{Deserialize, Serialize};

/// Everything the settings show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOverview {
    /// Display name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Whether this is a guest, who has neither address nor password.
    pub is_guest: bool,
    /// Whether the address has been confirmed.
    pub email_verified: bool,
    /// Whether signing in takes a second factor.
    pub two_factor: bool,
    /// Whether there is a password to sign in with.
    pub has_password: bool,
    /// Whether a GitHub account is linked.
    pub has_github: bool,
    /// Whether it is certain that nobody can sign in with GitHub here.
    pub lacks_github: bool,
    /// Where the person is signed in, this browser first.
    pub sessions: Vec<DeviceSession>,
    /// A second factor that has been begun in this browser and not confirmed.
    pub setup: Option<FactorSetup>,
}

/// One sign-in. Its secret name stays on the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSession {
    /// Id in Better Auth's `session` table.
    pub id: String,
    /// Browser and system, as far as the browser says.
    pub device: String,
    /// The network address it was opened from; empty if unknown.
    pub place: String,
    /// The day it was opened, `2026-11-23` (UTC).
    pub since: String,
    /// Whether it is the one of this page.
    pub current: bool,
}

/// What an authenticator app needs. Not in `Debug`, so that no log has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorSetup {
    /// The QR code, as an SVG document.
    pub qr: String,
    /// The secret, for typing it in.
    pub secret: String,
    /// Codes for when the app is lost.
    pub backup_codes: Vec<String>,
}

impl std::fmt::Debug for AccountOverview {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("AccountOverview")
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for FactorSetup {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FactorSetup")
            .finish_non_exhaustive()
    }
}
