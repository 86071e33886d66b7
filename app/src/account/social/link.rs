//! Linking a GitHub account.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{LinkSocial, server::auth_client};

use super::{GITHUB, GithubForm, GithubUse, refusal};
use crate::{
    forms::{Answer, answer},
    paths,
};

const USE: GithubUse = GithubUse {
    says: "Link GitHub",
    cancelled: "Linking was cancelled on GitHub's page.",
    failed: "The GitHub account could not be linked. Please try again.",
};

/// Leads to GitHub's page. The person agrees there, and GitHub sends them back.
#[server(prefix = "/actions", endpoint = "link-github")]
pub async fn link_github() -> Answer {
    let form = LinkSocial {
        provider: GITHUB.to_owned(),
        callback_url: Some(paths::SETTINGS.to_owned()),
        error_callback_url: Some(paths::SETTINGS.to_owned()),
        scopes: None,
    };
    let done = auth_client().link_social(form).await;
    let done = done.map(|answer| answer.url).map_err(refusal);
    answer::<LinkGithub>(paths::SETTINGS, done)
}

/// The button `Link GitHub`.
#[component]
pub fn LinkGithubForm(
    /// Whether it is certain that GitHub is not set up.
    absent: bool,
) -> impl IntoView {
    view! { <GithubForm what=USE action=LinkGithub::url() absent/> }
}
