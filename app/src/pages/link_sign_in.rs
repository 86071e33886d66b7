//! `/sign-in/link`: where a link to sign in leads.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    actions::{LinkSignIn, link_sign_in, mail_sign_in},
    components::{LinkPage, PageTitle, StepForm},
    next::{CALLBACK_URL, use_next, with_next},
    request::{LinkKind, MailLink},
};

/// Says which account the link signs in to, and asks. Until the person agrees, the current session stays.
#[component]
pub fn LinkSignInPage() -> impl IntoView {
    view! {
        <PageTitle text="Sign in by link"/>
        <LinkPage
            kind=LinkKind::SignIn
            again=with_next(mail_sign_in::PAGE, &use_next())
            known=|link, token| view! { <Question link token/> }.into_any()
        />
    }
}

#[component]
fn Question(
    /// The link, with the account it is about.
    link: MailLink,
    /// The token of the link.
    token: String,
) -> impl IntoView {
    let next = use_next();
    let instead = match &link.visitor {
        _ if link.is_visitors_own() => Some("You are signed in to this account.".to_owned()),
        Some(visitor) if visitor.is_guest => Some(
            "You are here as a guest. Your todos go to this account when you sign in.".to_owned(),
        ),
        Some(visitor) => Some(format!(
            "You are signed in as {}. That account is signed out when you continue.",
            visitor.email
        )),
        None => None,
    };
    view! {
        <div class="account-title">
            <h1>"Sign in?"</h1>
            <p>"This link signs in as "<strong>{link.email}</strong>"."</p>
        </div>
        <div class="card stack">
            {instead.map(|instead| view! { <p>{instead}</p> })}
            <p>"If you did not ask for it, close this page: somebody else may want you to use their account."</p>
            <StepForm
                form=link_sign_in::FORM
                action=LinkSignIn::url()
                hidden=vec![("token", token), (CALLBACK_URL, next.into())]
                submit="Sign in"
            />
        </div>
    }
}
