use leptos::prelude::*;

use super::use_convex;
use crate::ConnectionState;

/// Returns the state of the connection to Convex, as a signal.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::use_convex_connection_state;
///
/// #[component]
/// fn Offline() -> impl IntoView {
///     let state = use_convex_connection_state();
///     let lost = move || state.with(|state| state.has_ever_connected && !state.is_connected);
///     view! { <Show when=lost><p role="status">"Reconnecting…"</p></Show> }
/// }
/// ```
///
/// # On the server
/// Not connected, and never connected.
///
/// # Before hydration
/// As on the server.
///
/// # Errors
/// [`ConnectionState::fatal_error`] holds the reason if the client gave up.
#[must_use]
pub fn use_convex_connection_state() -> Signal<ConnectionState> {
    use_convex().connection_state()
}
