//! `/reset-password`: where the link in a mail leads.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    actions::{ResetPassword, reset_password},
    components::{Ask, LinkPage, PageTitle, StepForm},
    next::{CALLBACK_URL, use_next, with_next},
    request::{LinkKind, MailLink},
};

/// Asks for the new password of the link's account, or says that the link is no longer valid.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    view! {
        <PageTitle text="Reset password"/>
        <LinkPage
            kind=LinkKind::Reset
            again=with_next("/forgot-password", &use_next())
            known=|link, token| view! { <NewPassword link token/> }.into_any()
        />
    }
}

#[component]
fn NewPassword(
    /// The link, with the account it is about.
    link: MailLink,
    /// The token of the link.
    token: String,
) -> impl IntoView {
    let next = use_next();
    view! {
        <div class="account-title">
            <h1>"Choose a new password"</h1>
            <p>
                "For the account "<strong>{link.email}</strong>". It will be signed out everywhere."
            </p>
        </div>
        <div class="card">
            <StepForm
                form=reset_password::FORM
                action=ResetPassword::url()
                asks=&[Ask::NEW_PASSWORD]
                hidden=vec![("token", token), (CALLBACK_URL, next.into())]
                submit="Set the password"
            />
        </div>
    }
}
