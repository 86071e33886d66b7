//! The form that leads to GitHub, to sign in or to link an account.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::GITHUB_ABSENT;
use crate::{
    forms::{Refusal, name_of, use_refused},
    paths::CALLBACK_URL,
    ui::{Alert, ButtonKind, PostForm, SubmitButton},
};

/// What a [`GithubForm`] is for.
#[derive(Clone, Copy, Debug)]
pub struct GithubUse {
    /// What the button says.
    pub says: &'static str,
    /// The message for a person who did not agree on GitHub's page.
    pub cancelled: &'static str,
    /// The message for a person who comes back after a failure.
    pub failed: &'static str,
}

/// A button that leads to GitHub's page, and what went wrong with it. Where GitHub is not set up it says so, and
/// cannot be pressed.
#[component]
pub fn GithubForm(
    /// Its texts.
    what: GithubUse,
    /// The path of the server function that leads to GitHub's page.
    action: &'static str,
    /// Where to go afterwards, if not to this page.
    #[prop(optional, into)]
    next: Option<String>,
    /// Whether it is certain that GitHub is not set up.
    absent: bool,
) -> impl IntoView {
    if absent {
        return view! { <Absent what action/> }.into_any();
    }
    let message = use_refused(name_of(action))
        .or(refused_on_the_way(what))
        .message();
    let next = next.map(|next| view! { <input type="hidden" name=CALLBACK_URL value=next/> });
    view! {
        <PostForm action>
            {next}
            <SubmitButton kind=ButtonKind::Plain>
                <GithubMark/>
                {what.says}
            </SubmitButton>
            <Alert message/>
        </PostForm>
    }
    .into_any()
}

#[component]
fn Absent(
    /// Its texts.
    what: GithubUse,
    /// The path of the server function that leads to GitHub's page.
    action: &'static str,
) -> impl IntoView {
    let reason = format!("{}-absent", name_of(action));
    view! {
        <div class="stack">
            <button type="button" class="button plain" disabled aria-describedby=reason.clone()>
                <GithubMark/>
                {what.says}
            </button>
            <p class="field-hint" id=reason>{GITHUB_ABSENT}</p>
        </div>
    }
}

/// The message for the error that Better Auth puts into the page's address after a failure.
fn refused_on_the_way(what: GithubUse) -> Option<Refusal> {
    let error = use_query_map().with_untracked(|query| query.get("error"))?;
    Some(Refusal::of_form(match error.as_str() {
        "access_denied" => what.cancelled,
        "account_already_linked_to_different_user" => {
            "This GitHub account is linked to another account here."
        }
        "account_not_linked" => {
            "There is an account with the address of your GitHub account. Sign in to it another way, and link GitHub in the settings."
        }
        "email_doesn't_match" => {
            "Your GitHub account has a different address than your account here. Only a GitHub account with the same address can be linked."
        }
        _ => what.failed,
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
