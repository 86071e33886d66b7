use leptos::{logging::error, prelude::*};

use crate::ConvexClient;

/// Returns the client of the surrounding [`ConvexProvider`](crate::ConvexProvider).
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::use_convex;
///
/// #[component]
/// fn Deployment() -> impl IntoView {
///     use_convex().url().to_owned()
/// }
/// ```
///
/// # On the server
/// The same client. It does nothing there.
///
/// # Before hydration
/// Nothing: there is no script yet.
///
/// # Errors
/// Without a provider, this logs an error on the console and returns a client that never connects, so that the page
/// does not break.
#[must_use]
pub fn use_convex() -> ConvexClient {
    use_context::<ConvexClient>().unwrap_or_else(|| {
        error!("no Convex client here: put this component inside <ConvexProvider client=…>");
        let client = ConvexClient::new("");
        client.close();
        client
    })
}
