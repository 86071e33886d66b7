//! Linking a GitHub account.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "link-github";

/// Returns the address of GitHub's page. The person agrees there, and GitHub sends them back.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "link-github")]
pub async fn link_github() -> Result<Outcome<String>, ServerFnError> {
    use super::{
        Refusal,
        server::{auth_refusal, settle},
    };
    use leptos_better_auth::{AuthErrorCode, LinkSocial, server::auth_client};

    let form = LinkSocial {
        provider: "github".to_owned(),
        callback_url: Some("/settings".to_owned()),
        error_callback_url: Some("/settings".to_owned()),
        scopes: None,
    };
    let result = auth_client()
        .link_social(form)
        .await
        .map(|answer| answer.url)
        .map_err(|error| match error.code {
            AuthErrorCode::ProviderNotFound => Refusal::of_form(super::GITHUB_ABSENT),
            _ => auth_refusal(error),
        });
    Ok(settle(FORM, "/settings", result, String::as_str))
}
