//! Better Auth's answers, except users and sessions. Decoded by hand, as [users are](crate::User), to keep the page
//! small.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::user::{Fields, Unfit};

/// A way to sign in that belongs to an account.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Account {
    /// Its id in Better Auth's `account` table.
    pub id: String,
    /// `credential` for a password, otherwise the provider, such as `github`.
    pub provider_id: String,
    /// The provider's id of the account; the user's id for a password.
    pub account_id: String,
    /// The scopes that the provider granted.
    pub scopes: Vec<String>,
    /// When it was linked, ms since 1970.
    pub created_at: Option<f64>,
    /// When it last changed, ms since 1970.
    pub updated_at: Option<f64>,
}

impl Account {
    /// Returns whether this is the password and not a provider.
    pub fn is_password(&self) -> bool {
        self.provider_id == "credential"
    }
}

impl TryFrom<Fields> for Account {
    type Error = Unfit;

    fn try_from(mut fields: Fields) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.id()?,
            provider_id: fields.text("providerId")?.unwrap_or_default(),
            account_id: fields.text("accountId")?.unwrap_or_default(),
            scopes: fields.texts("scopes")?,
            created_at: fields.number("createdAt")?,
            updated_at: fields.number("updatedAt")?,
        })
    }
}

/// A provider's token for one account.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct AccessToken {
    /// The token for the provider's API.
    pub access_token: String,
    /// The OpenID token, if the provider has one.
    pub id_token: Option<String>,
    /// The scopes it has, if the provider lists them.
    pub scopes: Vec<String>,
    /// All other fields as sent, for example the expiry of tokens.
    pub extra: Map<String, Value>,
}

impl TryFrom<Fields> for AccessToken {
    type Error = Unfit;

    fn try_from(mut fields: Fields) -> Result<Self, Unfit> {
        Ok(Self {
            access_token: fields
                .text("accessToken")?
                .ok_or_else(|| Unfit::new("accessToken"))?,
            id_token: fields.text("idToken")?,
            scopes: fields.texts("scopes")?,
            extra: fields.rest(),
        })
    }
}

impl fmt::Debug for AccessToken {
    /// Leaves the tokens out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// The data for an authenticator app. Two-factor is on after the first code has been verified.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct TwoFactorSetup {
    /// `otpauth://totp/…`, to show as a QR code.
    pub totp_uri: String,
    /// Codes to use if the app is lost. Each works once, and they are returned only here.
    pub backup_codes: Vec<String>,
}

impl TwoFactorSetup {
    /// Returns the secret in the address, for typing it in without a camera.
    pub fn secret(&self) -> Option<&str> {
        let (_, query) = self.totp_uri.split_once('?')?;
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix("secret="))
    }
}

impl TryFrom<Fields> for TwoFactorSetup {
    type Error = Unfit;

    fn try_from(mut fields: Fields) -> Result<Self, Unfit> {
        Ok(Self {
            totp_uri: fields
                .text("totpURI")?
                .ok_or_else(|| Unfit::new("totpURI"))?,
            backup_codes: fields.texts("backupCodes")?,
        })
    }
}

impl fmt::Debug for TwoFactorSetup {
    /// Leaves everything out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwoFactorSetup").finish_non_exhaustive()
    }
}

/// The result of `delete-user`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountDeletion {
    /// The account is deleted.
    Deleted,
    /// A mail asks for confirmation. The account exists until its link is opened.
    ConfirmationSent,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn reads_accounts_as_better_auth_lists_them() {
        let sent = json!([
            { "id": "a1", "providerId": "credential", "accountId": "u1", "userId": "u1", "createdAt": 1_700_000_000_000_i64, "updatedAt": 1_700_000_000_000_i64, "scopes": [] },
            { "id": "a2", "providerId": "github", "accountId": "583231", "userId": "u1", "scopes": ["read:user", "user:email"] },
        ]);
        let accounts: Vec<Account> = from_value(sent).expect("accounts");
        assert!(accounts[0].is_password() && !accounts[1].is_password());
        assert_eq!(accounts[0].created_at, Some(1_700_000_000_000.0));
        assert_eq!(accounts[1].scopes, ["read:user", "user:email"]);
    }

    #[test]
    fn a_setup_returns_its_secret_and_keeps_it_out_of_logs() {
        let sent = json!({ "totpURI": "otpauth://totp/App:a%40b.c?secret=JBSWY3DP&issuer=App&digits=6", "backupCodes": ["abcde-fghij"] });
        let setup: TwoFactorSetup = from_value(sent).expect("setup");
        assert_eq!(setup.secret(), Some("JBSWY3DP"));
        let log = format!("{setup:?}");
        assert!(!log.contains("JBSWY3DP") && !log.contains("abcde"), "{log}");
    }

    #[test]
    fn an_answer_without_its_token_is_refused() {
        assert!(from_value::<AccessToken>(json!({ "scopes": [] })).is_err());
        assert!(from_value::<TwoFactorSetup>(json!({ "backupCodes": [] })).is_err());
        let wrong = json!({ "accessToken": "t", "scopes": [1] });
        assert!(from_value::<AccessToken>(wrong).is_err());
    }
}
