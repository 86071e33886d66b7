use leptos::{context::Provider, prelude::*};

use crate::ConvexClient;

/// Provides `client` to the hooks inside. Providers may be nested; the innermost one counts.
#[component]
pub fn ConvexProvider(
    /// The client that all hooks inside use.
    client: ConvexClient,
    /// The app.
    children: Children,
) -> impl IntoView {
    view! { <Provider value=client>{children()}</Provider> }
}
