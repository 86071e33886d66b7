//! The redirect away from pages for signing in, for people who are signed in with an account.

use leptos::prelude::*;
use leptos_better_auth::use_session;
use leptos_router::{NavigateOptions, components::Redirect, hooks::use_navigate};

/// Sends people who are signed in with an account to `next`, also when they sign in here or in another tab. Guests
/// stay. On the server it is a redirect, before anything is shown.
#[component]
pub fn GoOnWhenSignedIn(
    /// A path on this site.
    next: String,
) -> impl IntoView {
    let session = use_session();
    let signed_in = {
        let session = session.clone();
        Memo::new(move |_| session.data().is_some_and(|it| !it.user.is_anonymous()))
    };
    if signed_in.get_untracked() {
        return Some(view! { <Redirect path=next/> });
    }
    let navigate = use_navigate();
    Effect::new(move || {
        if signed_in.get() {
            let options = NavigateOptions {
                replace: true,
                ..NavigateOptions::default()
            };
            navigate(&next, options);
        }
    });
    None
}
