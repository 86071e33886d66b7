//! Signing in with GitHub, and linking a GitHub account.

mod form;
mod link;
mod sign_in;
mod unlink;

use leptos_better_auth::{AuthError, AuthErrorCode};

use crate::forms::Refusal;

pub(super) use link::LinkGithubForm;
pub(super) use sign_in::SignInGithubForm;
pub(super) use unlink::UnlinkGithubForm;

use form::{GithubForm, GithubUse};

/// GitHub's id at Better Auth.
pub(super) const GITHUB: &str = "github";

/// The message if GitHub is not set up.
const GITHUB_ABSENT: &str =
    "GitHub is not set up on this server (GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET).";

/// Why GitHub's page could not be opened.
fn refusal(error: AuthError) -> Refusal {
    match error.code {
        AuthErrorCode::ProviderNotFound => Refusal::of_form(GITHUB_ABSENT),
        _ => error.into(),
    }
}
