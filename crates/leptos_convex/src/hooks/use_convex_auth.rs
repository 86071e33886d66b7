use super::use_convex;
use crate::client::ConvexAuth;

/// Returns the signed-in state, as Convex sees it.
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
/// The state that [`set_auth`](crate::ConvexClient::set_auth) was given: authenticated with a token, unauthenticated
/// when signed out, otherwise loading.
///
/// # Before hydration
/// As on the server, so that nothing changes when the script takes over.
///
/// # Errors
/// None. If a token cannot be fetched for the moment, nothing changes here.
#[must_use]
pub fn use_convex_auth() -> ConvexAuth {
    use_convex().auth()
}
