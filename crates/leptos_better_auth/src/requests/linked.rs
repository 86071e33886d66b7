//! Accounts at other providers.

use serde::Serialize;

/// `POST /link-social`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkSocial {
    /// Provider id, such as `github`.
    pub provider: String,
    /// Where to go once linked; must be on this site.
    #[serde(rename = "callbackURL", skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// Where to go if linking fails. The address gets `?error=…`.
    #[serde(rename = "errorCallbackURL", skip_serializing_if = "Option::is_none")]
    pub error_callback_url: Option<String>,
    /// Scopes in addition to the provider's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<String>>,
}

/// One account of the person at one provider, for `/unlink-account`, `/get-access-token`,
/// `/refresh-token` and `/account-info`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderAccount {
    /// Provider id, such as `github`.
    pub provider_id: String,
    /// The provider's id of the account; needed only when there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
}

impl ProviderAccount {
    /// Creates the request for the person's account at this provider.
    pub fn at(provider: impl Into<String>) -> Self {
        Self {
            provider_id: provider.into(),
            account_id: None,
        }
    }
}
