//! Accounts at other providers.

use serde_json::Value;

use crate::client::auth_client::AuthClient;
use crate::query::escape;
use crate::{AccessToken, Account, AuthError, LinkSocial, ProviderAccount, SocialRedirect};

impl AuthClient {
    /// Sends `GET /list-accounts` and returns the ways this person can sign in, including the password.
    pub async fn list_accounts(&self) -> Result<Vec<Account>, AuthError> {
        self.get("/list-accounts").await
    }

    /// Sends `POST /link-social` and returns the provider's page; go there with [`SocialRedirect::follow`].
    pub async fn link_social(&self, form: LinkSocial) -> Result<SocialRedirect, AuthError> {
        self.ask("/link-social", &form).await
    }

    /// Sends `POST /unlink-account`.
    /// [`FailedToUnlinkLastAccount`](crate::AuthErrorCode::FailedToUnlinkLastAccount) for the only one.
    pub async fn unlink_account(&self, account: ProviderAccount) -> Result<(), AuthError> {
        self.post("/unlink-account", &account).await
    }

    /// Sends `POST /get-access-token` and returns the provider's token, renewed if it has expired.
    pub async fn get_access_token(
        &self,
        account: ProviderAccount,
    ) -> Result<AccessToken, AuthError> {
        self.ask("/get-access-token", &account).await
    }

    /// Sends `POST /refresh-token` and returns a new token of the provider.
    pub async fn refresh_token(&self, account: ProviderAccount) -> Result<AccessToken, AuthError> {
        self.ask("/refresh-token", &account).await
    }

    /// Sends `GET /account-info` and returns the provider's data about the account, unchanged in `data`.
    pub async fn account_info(&self, account: &ProviderAccount) -> Result<Value, AuthError> {
        let mut path = format!("/account-info?providerId={}", escape(&account.provider_id));
        if let Some(id) = &account.account_id {
            path.push_str("&accountId=");
            path.push_str(&escape(id));
        }
        self.get(&path).await
    }
}
