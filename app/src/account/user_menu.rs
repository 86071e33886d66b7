//! The menu of the signed-in person.

use leptos::prelude::*;
use leptos_router::components::A;

use super::{SignOutForm, use_current_user};
use crate::paths;

/// Shows the person's name. It opens to links to the settings and to sign out. It needs no script.
#[component]
pub fn UserMenu() -> impl IntoView {
    let user = use_current_user();
    let known = move || {
        Suspend::new(async move {
            let user = user.preloaded().await.ok()?.value().ok()??;
            user.map(|user| view! { <Menu name=user.name email=user.email/> })
        })
    };
    view! { <Suspense>{known}</Suspense> }
}

#[component]
fn Menu(
    /// Display name.
    name: String,
    /// Email address.
    email: String,
) -> impl IntoView {
    let initial: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
    view! {
        <details class="user-menu">
            <summary>
                <span class="avatar" aria-hidden="true">{initial}</span>
                <span class="user-menu-name">{name}</span>
            </summary>
            <div class="card stack">
                <p class="field-hint">{email}</p>
                <A href={paths::SETTINGS} {..} class="button quiet">"Settings"</A>
                <SignOutForm/>
            </div>
        </details>
    }
}
