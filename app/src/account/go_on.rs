//! The redirect away from pages for signing in, for people who are signed in with an account.

use leptos::prelude::*;
use leptos_better_auth::{CallbackUrl, use_session};
use leptos_router::components::Redirect;

/// Sends people who are signed in with an account to `next`, before anything is shown. Guests stay.
#[component]
pub fn GoOnWhenSignedIn(
    /// Where to go.
    next: CallbackUrl,
) -> impl IntoView {
    let user = untrack(|| use_session().user());
    user.is_some_and(|user| !user.is_anonymous())
        .then(|| view! { <Redirect path=String::from(next)/> })
}
