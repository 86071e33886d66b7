//! The sign-in with a provider.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{CallbackUrl, SignInSocial, server::forms};

use super::{
    Provider,
    form::{ProviderForm, ProviderTexts, ReturnTexts, after_failure},
};
use crate::{
    forms::{Answer, answer},
    paths::{self, local_or_home, with_next},
};

const TEXTS: ProviderTexts = ProviderTexts {
    says: "Sign in with",
    returning: Some(ReturnTexts {
        cancelled: "Sign-in was cancelled.",
        failed: "Sign-in did not work. Please try again.",
    }),
};

/// Redirects to the provider's page. The person agrees there, and the provider sends them back.
#[server(prefix = "/actions", endpoint = "sign-in-provider")]
pub async fn sign_in_provider(
    /// The id of the provider.
    #[server(default)]
    provider: String,
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let page = with_next(paths::SIGN_IN, &next);
    let done = async {
        let provider = Provider::of_form(&provider)?;
        let form = SignInSocial {
            error_callback_url: Some(after_failure(&page, provider)),
            ..SignInSocial::new(provider.id, next.as_str())
        };
        let answer = forms::sign_in_social(form, &next).await;
        Ok(answer.map_err(|error| provider.refusal(error))?.url)
    };
    answer::<SignInProvider>(&page, done.await)
}

/// The buttons `Sign in with …`.
#[component]
pub fn SignInProviderForm(
    /// The page to go to afterwards.
    next: CallbackUrl,
    /// The providers that are set up.
    providers: Vec<&'static Provider>,
    /// The way this browser signed in last.
    last: Option<String>,
) -> impl IntoView {
    let last = last.unwrap_or_default();
    view! { <ProviderForm texts=TEXTS action=SignInProvider::url() providers next last/> }
}
