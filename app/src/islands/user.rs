//! The signed-in user, live.

use leptos::prelude::*;
use leptos_better_auth::{
    PreloadedAuthQuery, use_preloaded_auth_query, use_session_end, use_signed_in_user,
};
use leptos_convex::value::to_value;

use crate::{api::auth::CurrentUser, ui::reload};

/// The user's name.
#[island]
pub fn UserName(
    /// The user, as the server read it.
    user: PreloadedAuthQuery<Option<CurrentUser>>,
) -> impl IntoView {
    let user = use_signed_in_user(use_preloaded_auth_query(user));
    let name = move || user.with(|user| user.as_ref().map(|user| user.name.clone()));
    view! { <span>{name}</span> }
}

/// The user's document.
#[island]
pub fn UserPanel(
    /// The user, as the server read it.
    user: PreloadedAuthQuery<Option<CurrentUser>>,
) -> impl IntoView {
    let live = use_preloaded_auth_query(user);
    use_session_end(live, reload);
    let user = use_signed_in_user(live);
    // Formatted like `JSON.stringify(user, null, 2)`.
    let json = move || user.with(|user| to_value(user).map(|user| user.stringify_pretty()).ok());
    view! {
        <section class="card stack" aria-labelledby="user-title">
            <h2 id="user-title">"Your user"</h2>
            <pre class="code-block" tabindex="0" aria-labelledby="user-title">
                {json}
            </pre>
        </section>
    }
}
