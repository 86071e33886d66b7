//! The notice about what the form on the previous page did.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::{next::DONE, ui::Notice};

/// Says what was done, by a name in the address. It shows only texts of its own, because anybody can make an
/// address.
#[component]
pub fn DoneNotice() -> impl IntoView {
    let done = use_query_map().with_untracked(|query| match query.get("error") {
        Some(_) => None,
        None => query.get(DONE),
    });
    view! { <Notice message=done.as_deref().and_then(text)/> }
}

fn text(done: &str) -> Option<&'static str> {
    Some(match done {
        "reset-sent" => {
            "If there is an account with this address, a mail with a link is on its way to it."
        }
        "verification-sent" => {
            "If this address has to be confirmed, a mail with a link is on its way to it."
        }
        "code-sent" => "A mail with a code is on its way to the address of your account.",
        "link-sent" => "A mail with a link is on its way. The link is good for five minutes.",
        "password-reset" => "Your new password is set. Sign in with it.",
        "verified" => "Your email address is confirmed.",
        "no-session" => "This browser was not signed in, so there was no session to end.",
        "claimed" => {
            "The account is yours now. Sign in by email, then choose a password if you like."
        }
        "agreed" => "Now follow the link in the mail we sent to the new address.",
        "name" => "Your name is changed.",
        "email" => "Follow the link in the mail we sent to confirm the change.",
        "password" => "Your password is changed. Other devices are signed out.",
        "session" => "That device is signed out.",
        "sessions" => "All other devices are signed out.",
        "unlinked" => "Your GitHub account is unlinked.",
        "two-factor-begun" => "Add the secret to your app and enter its first code.",
        "two-factor-on" => "Two-factor sign-in is on.",
        "two-factor-off" => "Two-factor sign-in is off.",
        _ => return None,
    })
}
