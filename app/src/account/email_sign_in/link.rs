//! The sign-in with the link from the mail, on `/sign-in/link`.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    account::mail_link::{LinkKind, LinkPage, MailLink, take},
    components::PageTitle,
    forms::{Answer, Form, answer, link_refusal},
    paths::{self, CALLBACK_URL, local_or_home, use_next, with_next, with_token},
};

/// Signs in with the link. Anybody who is signed in in this browser is signed out.
#[server(prefix = "/actions", endpoint = "link-sign-in")]
pub async fn link_sign_in(
    /// The token of the link.
    #[server(default)]
    token: String,
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let page = with_token(&with_next(paths::LINK_SIGN_IN, &next), &token);
    let done = take(LinkKind::SignIn, &token).await;
    let done = done.map(|()| next.into()).map_err(link_refusal);
    answer::<LinkSignIn>(&page, done)
}

/// Shows which account the link signs in to, with a button. Until the button is pressed, the current session stays.
#[component]
pub fn LinkSignInPage() -> impl IntoView {
    view! {
        <PageTitle text="Sign in by link"/>
        <LinkPage
            kind=LinkKind::SignIn
            again=with_next(paths::EMAIL_SIGN_IN, &use_next())
            known=|link, token| view! { <Question link token/> }.into_any()
        />
    }
}

#[component]
fn Question(
    /// The link and its account.
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
            <Form
                action=LinkSignIn::url()
                hidden=vec![("token", token), (CALLBACK_URL, next.into())]
                submit="Sign in"
            />
        </div>
    }
}
