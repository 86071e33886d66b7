//! Unlinking a GitHub account.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "unlink-github";

/// Unlinks it, unless it is the only way to sign in.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "unlink-github")]
pub async fn unlink_github() -> Result<Outcome<String>, ServerFnError> {
    use super::server::{auth_refusal, missing, settle_settings};
    use leptos_better_auth::{ProviderAccount, server::auth_client};

    let result = match missing(&[]) {
        Some(refusal) => Err(refusal),
        None => {
            let account = ProviderAccount::at("github");
            auth_client()
                .unlink_account(account)
                .await
                .map_err(auth_refusal)
        }
    };
    Ok(settle_settings(FORM, result, "unlinked"))
}
