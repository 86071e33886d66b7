//! The name of the signed-in person. Client and session come from `ConvexBetterAuthIsland`, an island of the crate.

use leptos::prelude::*;
use leptos_better_auth::use_session;

/// Shows who is signed in.
#[island]
pub fn Name() -> impl IntoView {
    let session = use_session();
    view! { <p>{move || session.data().map(|data| data.user.name)}</p> }
}
