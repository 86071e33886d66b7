//! The confirmation of an address with the link from a mail, on `/verify-email/confirm`.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::components::A;

use super::claim::ClaimAccount;
use crate::{
    account::{
        mail_link::{LinkKind, LinkPage, MailLink, take, verified},
        switch_account::SwitchAccount,
    },
    components::PageTitle,
    forms::{Answer, Done, Form, answer, link_refusal},
    paths::{self, CALLBACK_URL, HOME, local_or_home, use_next, with_next, with_token},
    ui::ButtonKind,
};

/// Confirms the address that the link is for. The visitor must be signed in to its account.
#[server(prefix = "/actions", endpoint = "confirm-email")]
pub async fn confirm_email(
    /// The token of the link.
    #[server(default)]
    token: String,
    /// If present, a mail is sent to the new address now.
    #[server(default)]
    agreed: Option<String>,
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let page = with_token(&with_next(paths::CONFIRM_EMAIL, &next), &token);
    let done = take(LinkKind::Confirm, &token)
        .await
        .map(|()| match agreed {
            Some(_) => Done::Agreed.at(paths::VERIFY_EMAIL),
            None => verified(&next),
        });
    answer::<ConfirmEmail>(&page, done.map_err(link_refusal))
}

/// Shows the account of the link. If it is signed in, its owner can confirm. Everybody else is asked who created it.
#[component]
pub fn ConfirmEmailPage() -> impl IntoView {
    view! {
        <PageTitle text="Confirm your email address"/>
        <LinkPage
            kind=LinkKind::Confirm
            again=paths::VERIFY_EMAIL.to_owned()
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
    if link.is_visitors_own() {
        return view! { <Confirm link token/> }.into_any();
    }
    if link.new_email.is_some() {
        return view! { <SignInFirst link token/> }.into_any();
    }
    if link.verified {
        return view! { <Confirmed/> }.into_any();
    }
    view! { <WhoMadeIt link token/> }.into_any()
}

/// Asks the account's owner to confirm.
#[component]
fn Confirm(
    /// The link and its account.
    link: MailLink,
    /// The token of the link.
    token: String,
) -> impl IntoView {
    let mut hidden = vec![("token", token), (CALLBACK_URL, use_next().into())];
    hidden.extend(link.mails_new.then(|| ("agreed", "on".to_owned())));
    let (title, says) = match link.new_email {
        Some(new) => (
            "Change your email address?",
            format!(
                "The address of your account will change from {} to {new}.",
                link.email
            ),
        ),
        None => (
            "Confirm your email address?",
            format!("You are signed in as {}.", link.email),
        ),
    };
    view! {
        <div class="account-title">
            <h1>{title}</h1>
            <p>{says}</p>
        </div>
        <div class="card stack">
            <Form
                action=ConfirmEmail::url()
                hidden
                submit="Confirm"
            />
        </div>
    }
}

/// Shows that the address of an account can be changed only while signed in to it.
#[component]
fn SignInFirst(
    /// The link and its account.
    link: MailLink,
    /// The token of the link.
    token: String,
) -> impl IntoView {
    view! {
        <div class="account-title">
            <h1>"Sign in to change your email address"</h1>
            <p>"This link is about the account "<strong>{link.email.clone()}</strong>"."</p>
        </div>
        <div class="card stack">
            <OtherPerson link/>
            <SignInAndComeBack token submit="Sign in to this account"/>
        </div>
    }
}

/// Asks who created the account. Its creator can sign in. Anybody else who has the mailbox can take it over.
#[component]
fn WhoMadeIt(
    /// The link and its account.
    link: MailLink,
    /// The token of the link.
    token: String,
) -> impl IntoView {
    view! {
        <div class="account-title">
            <h1>"Did you make this account?"</h1>
            <p>
                "Somebody signed up as "<strong>{link.email.clone()}</strong>"."
            </p>
        </div>
        <div class="card stack">
            <OtherPerson link/>
            <SignInAndComeBack token=token.clone() submit="Yes, sign in and confirm"/>
            <p class="rule">"or"</p>
            <p>
                "If it was somebody else, take the account over: their password and their other ways to sign in stop working, and they are signed out."
            </p>
            <Form
                action=ClaimAccount::url()
                hidden=vec![("token", token)]
                submit="No, take it over"
                kind=ButtonKind::Danger
            />
        </div>
    }
}

#[component]
fn OtherPerson(
    /// The link, its account, and the person who opens it.
    link: MailLink,
) -> impl IntoView {
    let other = link.other_person().map(str::to_owned);
    other.map(|other| {
        view! { <p>"You are signed in as "<strong>{other}</strong>" in this browser."</p> }
    })
}

#[component]
fn SignInAndComeBack(
    /// The token of the link.
    token: String,
    /// The text of the button.
    submit: &'static str,
) -> impl IntoView {
    let back = with_token(&with_next(paths::CONFIRM_EMAIL, &use_next()), &token);
    view! { <Form action=SwitchAccount::url() hidden=vec![(CALLBACK_URL, back)] submit/> }
}

#[component]
fn Confirmed() -> impl IntoView {
    view! {
        <div class="account-title">
            <h1>"Already confirmed"</h1>
            <p>"There is nothing left to do."</p>
        </div>
        <A href={HOME} {..} class="button">"Go on"</A>
    }
}
