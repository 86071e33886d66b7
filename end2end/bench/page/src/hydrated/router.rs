//! Two pages with titles, a link between them.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{A, Route, Router, Routes};
use leptos_router::path;

use super::counter::Counter;

#[component]
pub(super) fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <A href="/about">"About"</A>
            <Routes fallback=|| "Not found">
                <Route path=path!("/") view=Counter/>
                <Route path=path!("/about") view=About/>
            </Routes>
        </Router>
    }
}

#[component]
fn About() -> impl IntoView {
    view! {
        <Title text="About"/>
        <p>"About"</p>
    }
}
