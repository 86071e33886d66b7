//! The redirect of signed-in people away from the pages for signing in.

use leptos::prelude::*;
use leptos_better_auth::{CallbackUrl, use_session};
use leptos_router::components::Redirect;

/// Redirects signed-in people to `next`, before anything is shown. Guests stay.
#[component]
pub fn GoOnWhenSignedIn(
    /// The page to go to.
    next: CallbackUrl,
) -> impl IntoView {
    let user = untrack(|| use_session().user());
    user.is_some_and(|user| !user.is_anonymous())
        .then(|| view! { <Redirect path=String::from(next)/> })
}
