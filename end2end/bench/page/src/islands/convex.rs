//! The client around the live parts of the page.

use leptos::prelude::*;
use leptos_convex::{ConvexClient, ConvexProvider};

#[island]
pub fn Connected(children: Children) -> impl IntoView {
    let client = ConvexClient::new("http://127.0.0.1:3210");
    view! { <ConvexProvider client>{children()}</ConvexProvider> }
}
