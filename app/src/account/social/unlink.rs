//! The unlinking of a provider's account.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{ProviderAccount, server::auth_client};

use super::{
    Provider,
    form::{ProviderForm, ProviderTexts},
};
use crate::{
    forms::{Answer, Done, answer},
    paths,
};

const TEXTS: ProviderTexts = ProviderTexts {
    says: "Unlink",
    returning: None,
};

/// Unlinks it, unless it is the only way to sign in.
#[server(prefix = "/actions", endpoint = "unlink-provider")]
pub async fn unlink_provider(
    /// The id of the provider.
    #[server(default)]
    provider: String,
) -> Answer {
    let done = async {
        let account = ProviderAccount::at(Provider::of_form(&provider)?.id);
        auth_client().unlink_account(account).await?;
        Ok(Done::Unlinked.at(paths::SETTINGS))
    };
    answer::<UnlinkProvider>(paths::SETTINGS, done.await)
}

/// The buttons `Unlink …`.
#[component]
pub fn UnlinkProviderForm(
    /// The providers that are linked.
    providers: Vec<&'static Provider>,
) -> impl IntoView {
    view! { <ProviderForm texts=TEXTS action=UnlinkProvider::url() providers/> }
}
