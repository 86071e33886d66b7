//! `/reset-password`: where the link in a mail leads.

use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_query_map};

use crate::{
    actions::{ResetPassword, reset_password},
    components::{Ask, FormAction, PageTitle, StepForm},
    next::{CALLBACK_URL, use_next, with_next},
};

/// Asks for the new password, or says that the link is no longer good.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let token = use_query_map().with_untracked(|query| query.get("token"));
    let next = use_next();
    view! {
        <PageTitle text="Reset password"/>
        <section class="account">
            {match token.filter(|token| !token.is_empty()) {
                Some(token) => view! { <NewPassword token next/> }.into_any(),
                None => view! { <InvalidLink next/> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn NewPassword(
    /// What the link brought.
    token: String,
    /// Where to go in the end.
    next: String,
) -> impl IntoView {
    let action = FormAction::of::<ResetPassword>();
    view! {
        <div class="account-title">
            <h1>"Choose a new password"</h1>
            <p>"You will be signed out everywhere."</p>
        </div>
        <div class="card">
            <StepForm
                form=reset_password::FORM
                action
                asks=&[Ask::NEW_PASSWORD]
                hidden=vec![("token", token), (CALLBACK_URL, next)]
                submit="Set the password"
            />
        </div>
    }
}

#[component]
fn InvalidLink(
    /// Where to go in the end.
    next: String,
) -> impl IntoView {
    view! {
        <div class="account-title">
            <h1>"Invalid link"</h1>
            <p>"This link has been used, has run out, or is not complete."</p>
        </div>
        <A href=with_next("/forgot-password", &next) {..} class="button">"Ask for a new one"</A>
    }
}
