//! Signing in with GitHub.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{CallbackUrl, SignInSocial, server::forms};

use super::{GITHUB, GithubForm, GithubUse, refusal};
use crate::{
    forms::{Answer, answer},
    paths::{self, local_or_home, with_next},
};

const USE: GithubUse = GithubUse {
    says: "Sign in with GitHub",
    cancelled: "Sign-in with GitHub was cancelled.",
    failed: "Sign-in with GitHub did not work. Please try again.",
};

/// Leads to GitHub's page. The person agrees there, and GitHub sends them back.
#[server(prefix = "/actions", endpoint = "sign-in-github")]
pub async fn sign_in_github(
    /// Where to go afterwards; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let page = with_next(paths::SIGN_IN, &next);
    let form = SignInSocial {
        error_callback_url: Some(page.clone()),
        ..SignInSocial::new(GITHUB, next.as_str())
    };
    let done = forms::sign_in_social(form, &next).await;
    let done = done.map(|answer| answer.url).map_err(refusal);
    answer::<SignInGithub>(&page, done)
}

/// The button `Sign in with GitHub`.
#[component]
pub fn SignInGithubForm(
    /// Where to go afterwards.
    next: CallbackUrl,
    /// Whether it is certain that GitHub is not set up.
    absent: bool,
) -> impl IntoView {
    view! { <GithubForm what=USE action=SignInGithub::url() next absent/> }
}
