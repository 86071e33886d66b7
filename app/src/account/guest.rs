//! Guests: accounts without address and password.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{AuthErrorCode, CallbackUrl, server::auth_client, use_session};
use leptos_router::components::A;

use crate::{
    forms::{Answer, Form, answer},
    paths::{self, CALLBACK_URL, local_or_home, with_next},
    ui::{ButtonKind, Section},
};

/// Creates an account without address and password. When the guest signs in or up later, the todos are kept.
#[server(prefix = "/actions", endpoint = "sign-in-guest")]
pub async fn sign_in_guest(
    /// The page to go to afterwards, followed only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    let next = local_or_home(callback_url.as_deref());
    let page = with_next(paths::SIGN_IN, &next);
    let done = match auth_client().sign_in().anonymous().await {
        Err(error) if error.code != AuthErrorCode::AnonymousUsersCannotSignInAgain => {
            Err(error.into())
        }
        _ => Ok(next.into()),
    };
    answer::<SignInGuest>(&page, done)
}

/// Shows the button for guests, unless the visitor is a guest already.
#[component]
pub fn GuestForm(
    /// The page to go to afterwards.
    next: CallbackUrl,
) -> impl IntoView {
    let is_nobody = untrack(|| !use_session().is_signed_in());
    is_nobody.then(|| {
        view! {
            <Form
                action=SignInGuest::url()
                hidden=vec![(CALLBACK_URL, next.into())]
                submit="Try it as a guest"
                kind=ButtonKind::Quiet
            />
        }
    })
}

/// Offers a guest an account, in the settings. Shows nothing to everybody else.
#[component]
pub fn GuestSettings(
    /// Whether this is a guest.
    is_guest: bool,
) -> impl IntoView {
    is_guest.then(|| {
        view! {
            <Section id="guest" title="Keep what you have">
                <p>"When you sign out as a guest, you lose your todos. Sign up or sign in to keep them in an account."</p>
                <A href={paths::SIGN_UP} {..} class="button">"Sign up"</A>
                <A href={paths::SIGN_IN} {..} class="button plain">"Sign in"</A>
            </Section>
        }
    })
}
