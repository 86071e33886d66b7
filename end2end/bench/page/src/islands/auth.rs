//! Client and session around what is live, and somebody signed in.

use leptos::prelude::*;
use leptos_better_auth::{ConvexBetterAuthProvider, use_session};

#[island]
pub fn Connected(children: Children) -> impl IntoView {
    view! { <ConvexBetterAuthProvider>{children()}</ConvexBetterAuthProvider> }
}

/// Who is signed in.
#[island]
pub fn Name() -> impl IntoView {
    let session = use_session();
    view! { <p>{move || session.data().map(|data| data.user.name)}</p> }
}
