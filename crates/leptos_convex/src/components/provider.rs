use leptos::prelude::*;

use crate::ConvexClient;

/// Gives `client` to everything inside; the hooks find it there.
#[component]
pub fn ConvexProvider(
    /// The client all hooks inside use.
    client: ConvexClient,
    /// The app.
    children: Children,
) -> impl IntoView {
    provide_context(client);
    children()
}
