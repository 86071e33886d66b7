//! The form with a button for each provider, to sign in, to link or to unlink.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{PROVIDERS, Provider};
use crate::{
    forms::{Refusal, name_of, use_refused},
    paths::{self, CALLBACK_URL},
    ui::{Alert, PostForm},
};

/// Name of the parameter and of the form field with the id of a provider.
const PROVIDER: &str = "provider";

/// The texts of a [`ProviderForm`].
#[derive(Clone, Copy, Debug)]
pub struct ProviderTexts {
    /// The beginning of each button's text; the provider's name follows.
    pub says: &'static str,
    /// The messages for people who return from the provider's page; `None` for a form that does not lead there.
    pub returning: Option<ReturnTexts>,
}

/// The messages for people whom a provider sends back with an error.
#[derive(Clone, Copy, Debug)]
pub struct ReturnTexts {
    /// The message for a person who did not agree.
    pub cancelled: &'static str,
    /// The message after any other failure.
    pub failed: &'static str,
}

/// Shows a form with a button for each provider, which posts the id of the pressed one.
#[component]
pub fn ProviderForm(
    /// Its texts.
    texts: ProviderTexts,
    /// The path of its server function.
    action: &'static str,
    /// The providers. If there are none, a disabled button shows that the first one is not set up.
    providers: Vec<&'static Provider>,
    /// The page to go to afterwards, if not this one.
    #[prop(optional, into)]
    next: Option<String>,
    /// The provider that was used last.
    #[prop(optional)]
    last: String,
) -> impl IntoView {
    if providers.is_empty() {
        let first = PROVIDERS.first();
        return first
            .map(|provider| view! { <Absent texts provider action/> })
            .into_any();
    }
    let message = use_refused(name_of(action))
        .or(texts.returning.and_then(refused_on_the_way))
        .message();
    let next = next.map(|next| view! { <input type="hidden" name=CALLBACK_URL value=next/> });
    let button = move |provider: &'static Provider| {
        let is_last = last == provider.id;
        view! {
            <div class="way">
                <button type="submit" class="button plain" name=PROVIDER value=provider.id>
                    <Label texts provider/>
                </button>
                {is_last.then(|| view! { <p class="last-used">"Last used"</p> })}
            </div>
        }
    };
    let buttons: Vec<_> = providers.into_iter().map(button).collect();
    view! {
        <PostForm action>
            {next}
            {buttons}
            <Alert message/>
        </PostForm>
    }
    .into_any()
}

#[component]
fn Absent(
    /// The texts of the form.
    texts: ProviderTexts,
    /// The provider.
    provider: &'static Provider,
    /// The path of the form's server function.
    action: &'static str,
) -> impl IntoView {
    let reason = format!("{}-absent", name_of(action));
    view! {
        <div class="stack">
            <button type="button" class="button plain" disabled aria-describedby=reason.clone()>
                <Label texts provider/>
            </button>
            <p class="field-hint" id=reason>{provider.absence()}</p>
        </div>
    }
}

/// The mark and the text of a button.
#[component]
fn Label(
    /// The texts of the form.
    texts: ProviderTexts,
    /// The provider.
    provider: &'static Provider,
) -> impl IntoView {
    view! {
        <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false" fill="currentColor">
            <path d=provider.mark/>
        </svg>
        {format!("{} {}", texts.says, provider.label)}
    }
}

/// Returns the address of `page` for people who return from the provider with an error.
pub(super) fn after_failure(page: &str, provider: &Provider) -> String {
    paths::and(page, &format!("{PROVIDER}={}", provider.id))
}

/// Returns the message for the error that Better Auth puts into the page's address after a failure.
fn refused_on_the_way(texts: ReturnTexts) -> Option<Refusal> {
    let (error, provider) =
        use_query_map().with_untracked(|query| Some((query.get("error")?, query.get(PROVIDER))))?;
    let named = provider.and_then(|id| Provider::of_form(&id).ok());
    let label = named.map_or("provider", |provider| provider.label);
    Some(Refusal::of_form(match error.as_str() {
        "access_denied" => texts.cancelled.to_owned(),
        "account_already_linked_to_different_user" => {
            format!("This {label} account is linked to another account here.")
        }
        "account_not_linked" => format!(
            "There is an account with the address of your {label} account. \
             Sign in to it another way, and link {label} in the settings."
        ),
        "email_doesn't_match" => format!(
            "Your {label} account has a different address than your account here. \
             Only an account with the same address can be linked."
        ),
        _ => texts.failed.to_owned(),
    }))
}
