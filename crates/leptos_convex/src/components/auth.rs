use leptos::prelude::*;

use crate::{hooks::use_convex_auth, sync::AuthStatus};

/// Shows its children while somebody is signed in, with a token the backend accepts; also while that
/// token is being renewed.
#[component]
pub fn Authenticated(
    /// What they see.
    children: ChildrenFn,
) -> impl IntoView {
    when(AuthStatus::Authenticated, children)
}

/// Shows its children while nobody is signed in. While that is not known, it shows nothing.
#[component]
pub fn Unauthenticated(
    /// What they see.
    children: ChildrenFn,
) -> impl IntoView {
    when(AuthStatus::Unauthenticated, children)
}

/// Shows its children while it is not known whether somebody is signed in.
#[component]
pub fn AuthLoading(
    /// What they see.
    children: ChildrenFn,
) -> impl IntoView {
    when(AuthStatus::Loading, children)
}

/// Shows its children while the backend has refused the token of who is signed in and a new one is being
/// fetched. [`Authenticated`] shows its own meanwhile, so this is for a hint beside it.
#[component]
pub fn AuthRefreshing(
    /// What they see.
    children: ChildrenFn,
) -> impl IntoView {
    let auth = use_convex_auth();
    view! { <Show when=move || auth.is_refreshing()>{children()}</Show> }
}

fn when(status: AuthStatus, children: ChildrenFn) -> impl IntoView {
    let auth = use_convex_auth();
    view! { <Show when=move || auth.status() == status>{children()}</Show> }
}
