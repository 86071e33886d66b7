//! Unlinking a GitHub account.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{ProviderAccount, server::auth_client};

use super::GITHUB;
use crate::{
    forms::{Answer, Done, Form, answer},
    paths,
    ui::ButtonKind,
};

/// Unlinks it, unless it is the only way to sign in.
#[server(prefix = "/actions", endpoint = "unlink-github")]
pub async fn unlink_github() -> Answer {
    let account = ProviderAccount::at(GITHUB);
    let done = auth_client().unlink_account(account).await;
    let done = done.map(|_| Done::Unlinked.at(paths::SETTINGS));
    answer::<UnlinkGithub>(paths::SETTINGS, done.map_err(Into::into))
}

/// The button `Unlink GitHub`.
#[component]
pub fn UnlinkGithubForm() -> impl IntoView {
    view! { <Form action=UnlinkGithub::url() submit="Unlink GitHub" kind=ButtonKind::Plain/> }
}
