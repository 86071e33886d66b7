//! The page of `router`, with a live query and a mutation.

use leptos::prelude::*;
use leptos_convex::{ConvexClient, ConvexProvider};

use super::router;
use crate::rows::{Change, Row};

#[component]
pub(super) fn App() -> impl IntoView {
    let client = ConvexClient::new("http://127.0.0.1:3210");
    view! {
        <ConvexProvider client>
            <Row counter="page".to_owned() n=0/>
            <Change counter="page".to_owned()/>
            <router::App/>
        </ConvexProvider>
    }
}
