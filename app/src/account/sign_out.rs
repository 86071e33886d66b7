//! The sign-out.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{AuthErrorCode, server::forms};

use super::two_factor; // two-factor
use crate::{
    forms::{Answer, Done, Form, answer},
    paths,
    ui::ButtonKind,
};

/// Ends the session. If the browser sent cookies but no session, this is refused, because nothing was ended.
#[server(prefix = "/actions", endpoint = "sign-out")]
pub async fn sign_out() -> Answer {
    two_factor::forget_setup(); // two-factor
    let done = forms::sign_out().await;
    let page = match &done {
        Err(error) if error.code == AuthErrorCode::Unauthorized => {
            Done::NoSession.at(paths::SIGN_IN)
        }
        _ => paths::HOME.to_owned(),
    };
    let done = done.map(|()| paths::LANDING.to_owned());
    answer::<SignOut>(&page, done.map_err(Into::into))
}

/// Shows the button `Sign out`, and its error.
#[component]
pub fn SignOutForm() -> impl IntoView {
    view! { <Form action=SignOut::url() submit="Sign out" kind=ButtonKind::Plain/> }
}
