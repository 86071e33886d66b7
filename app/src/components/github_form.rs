//! Sign-in with GitHub.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{FormAction, PostForm};
use crate::{
    actions::{Outcome, Refusal, SignInGithub, refusal, sign_in_github},
    next::CALLBACK_URL,
    request::use_kept_refusal,
    ui::{Alert, ButtonKind, SubmitButton, leave_for},
};

/// The button `Sign in with GitHub` and what went wrong with it.
#[component]
pub fn GithubForm(
    /// Where to go afterwards.
    next: String,
) -> impl IntoView {
    let action = FormAction::of::<SignInGithub>();
    let value = action.value();
    let kept = use_kept_refusal(sign_in_github::FORM).or_else(refused_on_the_way);
    let message = Signal::derive(move || {
        let refusal = value.with(|value| match value {
            None => kept.clone(),
            Some(_) => refusal(value.as_ref()),
        });
        refusal.and_then(|refusal| refusal.message)
    });
    // GitHub's page is outside of the app; the button stays busy until it is there.
    let going = Memo::new(move |_| matches!(value.get(), Some(Ok(Outcome::Done(_)))));
    Effect::new(move || {
        if let Some(Ok(Outcome::Done(url))) = value.get() {
            leave_for(&url);
        }
    });
    let pending = Signal::derive(move || action.pending().get() || going.get());
    view! {
        <PostForm action>
            <input type="hidden" name=CALLBACK_URL value=next/>
            <SubmitButton kind=ButtonKind::Plain pending>
                <GithubMark/>
                "Sign in with GitHub"
            </SubmitButton>
            <Alert message/>
        </PostForm>
    }
}

/// What Better Auth says in the address of the page when the person comes back without being signed in.
fn refused_on_the_way() -> Option<Refusal> {
    let error = use_query_map().with_untracked(|query| query.get("error"))?;
    Some(Refusal::of_form(match error.as_str() {
        "access_denied" => "Sign-in with GitHub was cancelled.",
        _ => "Sign-in with GitHub did not work. Please try again.",
    }))
}

#[component]
fn GithubMark() -> impl IntoView {
    view! {
        <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false" fill="currentColor">
            <path d="M8 .2a8 8 0 0 0-2.5 15.6c.4 0 .5-.2.5-.4v-1.4c-2.2.5-2.7-1-2.7-1-.4-.9-.9-1.2-.9-1.2-.7-.5.1-.5.1-.5.8.1 1.2.8 1.2.8.7 1.3 1.9.9 2.3.7.1-.5.3-.9.5-1.1-1.8-.2-3.6-.9-3.6-4 0-.9.3-1.6.8-2.1-.1-.2-.4-1 .1-2.1 0 0 .7-.2 2.2.8a7.5 7.5 0 0 1 4 0c1.5-1 2.2-.8 2.2-.8.4 1.1.2 1.9.1 2.1.5.6.8 1.3.8 2.1 0 3.1-1.9 3.8-3.7 4 .3.2.6.7.6 1.5v2.2c0 .2.1.5.6.4A8 8 0 0 0 8 .2z"/>
        </svg>
    }
}
