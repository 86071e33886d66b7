//! The page of `convex`, with a signed-in person.

use leptos::prelude::*;
use leptos_better_auth::{ConvexBetterAuthProvider, use_session};

use super::router;
use crate::rows::{Change, Row};

#[component]
pub(super) fn App() -> impl IntoView {
    view! {
        <ConvexBetterAuthProvider>
            <Name/>
            <Row counter="page".to_owned() n=0/>
            <Change counter="page".to_owned()/>
            <router::App/>
        </ConvexBetterAuthProvider>
    }
}

/// Shows who is signed in.
#[component]
fn Name() -> impl IntoView {
    let session = use_session();
    view! { <p>{move || session.data().map(|data| data.user.name)}</p> }
}
