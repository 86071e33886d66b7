use super::use_convex;
use crate::client::ConvexAuth;

/// Returns whether somebody is signed in, as Convex sees it.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::use_convex_auth;
///
/// #[component]
/// fn Greeting() -> impl IntoView {
///     let auth = use_convex_auth();
///     move || if auth.is_authenticated() { "Welcome back" } else { "Welcome" }
/// }
/// ```
///
/// # On the server
/// What [`set_auth`](crate::ConvexClient::set_auth) was told: with a token authenticated, signed out
/// unauthenticated, otherwise loading.
///
/// # Before hydration
/// As on the server, so that nothing changes when the script takes over.
///
/// # Errors
/// None. That a token cannot be fetched just now changes nothing here.
#[must_use]
pub fn use_convex_auth() -> ConvexAuth {
    use_convex().auth()
}
