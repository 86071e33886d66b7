//! The site map: paths and their pages.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{
    components::{CONTENT_ID, RouteAnnouncer, SiteFooter, SiteHeader},
    pages::{LandingPage, NotFoundPage},
};

/// How every page is rendered: whole, once its data is there. The status code, the title and the
/// first paint are then right, and nothing needs a script to appear.
const WHOLE: SsrMode = SsrMode::Async;

/// The app: what is around every page, and the pages.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Frame/>
        </Router>
    }
}

/// Skip link, header, content, footer.
#[component]
fn Frame() -> impl IntoView {
    view! {
        <a class="skip-link" href=format!("#{CONTENT_ID}")>"Skip to content"</a>
        <RouteAnnouncer/>
        <SiteHeader/>
        <main id=CONTENT_ID tabindex="-1">
            <Pages/>
        </main>
        <SiteFooter/>
    }
}

#[component]
fn Pages() -> impl IntoView {
    view! {
        <Routes fallback=NotFoundPage>
            <Route path=path!("/") view=LandingPage ssr=WHOLE/>
            <Route path=path!("/landing") view=LandingPage ssr=WHOLE/>
        </Routes>
    }
}
