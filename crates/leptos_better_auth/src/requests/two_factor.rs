//! The second factor.

use serde::Serialize;

use super::secret::keep_secret;

/// A code of the second factor: from an authenticator app, from a mail, or a backup code.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TwoFactorCode {
    /// The code as typed, without spaces.
    pub code: String,
    /// Whether not to ask this browser again for 30 days.
    pub trust_device: bool,
}

impl TwoFactorCode {
    /// Creates a code from typed text, without its spaces.
    pub fn new(typed: &str) -> Self {
        Self {
            code: typed.split_whitespace().collect(),
            trust_device: false,
        }
    }
}

keep_secret!(TwoFactorCode);
