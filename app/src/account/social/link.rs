//! The linking of a provider's account.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{LinkSocial, server::auth_client};

use super::{
    Provider,
    form::{ProviderForm, ProviderTexts, ReturnTexts, after_failure},
};
use crate::{
    forms::{Answer, answer},
    paths,
};

const TEXTS: ProviderTexts = ProviderTexts {
    says: "Link",
    returning: Some(ReturnTexts {
        cancelled: "Linking was cancelled.",
        failed: "The account could not be linked. Please try again.",
    }),
};

/// Redirects to the provider's page. The person agrees there, and the provider sends them back.
#[server(prefix = "/actions", endpoint = "link-provider")]
pub async fn link_provider(
    /// The id of the provider.
    #[server(default)]
    provider: String,
) -> Answer {
    let done = async {
        let provider = Provider::of_form(&provider)?;
        let form = LinkSocial {
            provider: provider.id.to_owned(),
            callback_url: Some(paths::SETTINGS.to_owned()),
            error_callback_url: Some(after_failure(paths::SETTINGS, provider)),
            scopes: None,
        };
        let answer = auth_client().link_social(form).await;
        Ok(answer.map_err(|error| provider.refusal(error))?.url)
    };
    answer::<LinkProvider>(paths::SETTINGS, done.await)
}

/// The buttons `Link …`.
#[component]
pub fn LinkProviderForm(
    /// The providers that are set up and not linked.
    providers: Vec<&'static Provider>,
) -> impl IntoView {
    view! { <ProviderForm texts=TEXTS action=LinkProvider::url() providers/> }
}
