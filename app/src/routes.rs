//! The site map: the app and the guide's pages. The pages for accounts and for development have their own routes.

use leptos::prelude::*;
use leptos_better_auth::ConvexBetterAuthProvider;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::dev::DevRoutes; // dev
use crate::{
    account::{AccountRoutes, provide_current_user},
    components::{CONTENT_ID, SiteFooter, SiteHeader},
    pages::{DashboardPage, LandingPage, NotFoundPage, ProtectedPage},
};

/// The mode in which pages are rendered: whole, once their data has arrived. The status code, the title and the first
/// paint are then right, and everything appears without a script.
const WHOLE: SsrMode = SsrMode::Async;

/// The app: the pages, and what surrounds them.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <ConvexBetterAuthProvider>
            <Router>
                <Frame/>
            </Router>
        </ConvexBetterAuthProvider>
    }
}

/// Shows the skip link, the header, the page and the footer.
#[component]
fn Frame() -> impl IntoView {
    provide_current_user();
    view! {
        // `external` leaves the link to the browser, which also moves the focus. The router would only scroll.
        <a class="skip-link" href=format!("#{CONTENT_ID}") rel="external">"Skip to content"</a>
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
            <Route path=path!("/dashboard") view=DashboardPage ssr=WHOLE/>
            <Route path=path!("/protected") view=ProtectedPage ssr=WHOLE/>
            <AccountRoutes ssr=WHOLE/>
            <DevRoutes ssr=WHOLE/> // dev
        </Routes>
    }
}
