//! The site map: the app, and the guide's pages. Accounts and development bring their own.

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

/// The mode in which pages are rendered: whole, once their data has arrived. So the status code, the title and the
/// first paint are right, and nothing needs a script to appear.
const WHOLE: SsrMode = SsrMode::Async;

/// The app: what is around every page, and the pages.
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

/// Skip link, header, content, footer.
#[component]
fn Frame() -> impl IntoView {
    provide_current_user();
    view! {
        // Left to the browser, which moves the focus as well; the router would only scroll.
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
