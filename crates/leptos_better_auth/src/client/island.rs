//! `<ConvexBetterAuthIsland>`.
#![expect(
    unreachable_pub,
    reason = "`#[island]` makes a second, hidden function"
)]

use leptos::prelude::*;

use super::ConvexBetterAuthProvider;
use crate::AuthBootstrap;

/// [`ConvexBetterAuthProvider`] for a page of islands: gives the islands among its children the Convex client, signed
/// in as the visitor, and the session. A page needs one, around all of its islands, so that they share one socket.
///
/// ```
/// # use leptos::prelude::*;
/// use leptos_better_auth::{ConvexBetterAuthIsland, use_auth_bootstrap, use_session};
///
/// #[island]
/// fn Name() -> impl IntoView {
///     let session = use_session();
///     move || session.data().map(|session| session.user.name)
/// }
///
/// #[component]
/// fn Page() -> impl IntoView {
///     view! {
///         <ConvexBetterAuthIsland bootstrap=use_auth_bootstrap()>
///             <Name/>
///         </ConvexBetterAuthIsland>
///     }
/// }
/// ```
///
/// # On the server
/// As the provider.
#[island]
pub fn ConvexBetterAuthIsland(
    /// The visitor, from [`use_auth_bootstrap`](crate::use_auth_bootstrap).
    bootstrap: AuthBootstrap,
    /// The part of the page with the islands.
    children: Children,
) -> impl IntoView {
    provide_context(bootstrap);
    view! { <ConvexBetterAuthProvider>{children()}</ConvexBetterAuthProvider> }
}
