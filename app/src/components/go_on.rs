//! The redirect away from pages for signing in, for people who are signed in with an account.

use leptos::prelude::*;
use leptos_better_auth::use_session;
use leptos_router::components::Redirect;

/// Sends people who are signed in with an account to `next`, before anything is shown. Guests stay.
#[component]
pub fn GoOnWhenSignedIn(
    /// A path on this site.
    next: String,
) -> impl IntoView {
    let session = untrack(|| use_session().data());
    session
        .is_some_and(|session| !session.user.is_anonymous())
        .then(|| view! { <Redirect path=next/> })
}
