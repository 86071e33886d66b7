//! The signed-in user, live.

use leptos::prelude::*;
use leptos_better_auth::{PreloadedAuthQuery, use_preloaded_auth_query, use_session};
use leptos_convex::{UseQuery, value::to_value};

use crate::{api::auth::CurrentUser, ui::reload};

/// The user's name.
#[island]
pub fn UserName(
    /// The user, as the server read it.
    user: PreloadedAuthQuery<Option<CurrentUser>>,
) -> impl IntoView {
    let user = standing(use_preloaded_auth_query(user));
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
    reload_when_signed_out(live);
    let user = standing(live);
    // As `JSON.stringify(user, null, 2)` prints it.
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

/// The user to show. When the live query has none any more, the last one stays on screen until the page is left.
fn standing(live: UseQuery<Option<CurrentUser>>) -> Memo<Option<CurrentUser>> {
    Memo::new(move |shown: Option<&Option<CurrentUser>>| {
        live.get().flatten().or_else(|| shown.cloned().flatten())
    })
}

/// Loads the page again when the session has ended. When the live query has no user any more, Better Auth is asked.
fn reload_when_signed_out(live: UseQuery<Option<CurrentUser>>) {
    let session = use_session();
    Effect::new(move || {
        if live.with(|user| matches!(user, Some(None))) {
            session.refetch();
        }
    });
    Effect::new(move || {
        if !session.is_pending() && !session.is_signed_in() {
            reload();
        }
    });
}
