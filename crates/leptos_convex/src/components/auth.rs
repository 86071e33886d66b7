use leptos::prelude::*;

use crate::{hooks::use_convex_auth, sync::AuthStatus};

/// Shows its children while somebody is signed in with a token the backend accepts, and while that token is being
/// renewed.
#[component]
pub fn Authenticated(
    /// The children.
    children: ChildrenFn,
) -> impl IntoView {
    when(AuthStatus::Authenticated, children)
}

/// Shows its children while nobody is signed in. Shows nothing while that is not known.
#[component]
pub fn Unauthenticated(
    /// The children.
    children: ChildrenFn,
) -> impl IntoView {
    when(AuthStatus::Unauthenticated, children)
}

/// Shows its children while it is not known whether somebody is signed in.
#[component]
pub fn AuthLoading(
    /// The children.
    children: ChildrenFn,
) -> impl IntoView {
    when(AuthStatus::Loading, children)
}

/// Shows its children while the backend has refused the signed-in person's token and a new one is being fetched.
/// [`Authenticated`] keeps showing its children meanwhile, so this is for a hint beside them.
#[component]
pub fn AuthRefreshing(
    /// The children.
    children: ChildrenFn,
) -> impl IntoView {
    let auth = use_convex_auth();
    view! { <Show when=move || auth.is_refreshing()>{children()}</Show> }
}

fn when(status: AuthStatus, children: ChildrenFn) -> impl IntoView {
    let auth = use_convex_auth();
    view! { <Show when=move || auth.status() == status>{children()}</Show> }
}
