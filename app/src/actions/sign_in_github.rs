//! Signing in with GitHub.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "sign-in-github";

/// Returns the address of GitHub's page. The person agrees there, and GitHub sends them back.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "sign-in-github")]
pub async fn sign_in_github(
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Result<Outcome<String>, ServerFnError> {
    use super::{
        Refusal,
        server::{auth_refusal, settle},
    };
    use crate::next::{local_or_home, with_next};
    use leptos_better_auth::{AuthErrorCode, SignInSocial, server::forms};

    let next = local_or_home(callback_url.as_deref());
    let page = with_next("/sign-in", &next);
    let form = SignInSocial {
        error_callback_url: Some(page.clone()),
        ..SignInSocial::new("github", next.as_str())
    };
    let result = forms::sign_in_social(form, &next)
        .await
        .map_err(|error| match error.code {
            AuthErrorCode::ProviderNotFound => Refusal::of_form(super::GITHUB_ABSENT),
            _ => auth_refusal(error),
        });
    Ok(settle(
        FORM,
        &page,
        result.map(|answer| answer.url),
        String::as_str,
    ))
}
