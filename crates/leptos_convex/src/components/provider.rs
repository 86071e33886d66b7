use leptos::{context::Provider, prelude::*};

use crate::ConvexClient;

/// Gives `client` to everything inside, and to nothing else; the hooks find it there. Providers may be nested:
/// the innermost counts.
#[component]
pub fn ConvexProvider(
    /// The client all hooks inside use.
    client: ConvexClient,
    /// The app.
    children: Children,
) -> impl IntoView {
    view! { <Provider value=client>{children()}</Provider> }
}
