//! The site map: paths and their pages.

use leptos::prelude::*;
use leptos_better_auth::ConvexBetterAuthProvider;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{
    components::{CONTENT_ID, SiteFooter, SiteHeader, provide_current_user},
    pages::{
        ConfirmEmailPage, DashboardPage, ForgotPasswordPage, LandingPage, LinkSignInPage,
        MailCodePage, MailSignInPage, MailboxPage, NotFoundPage, ProtectedPage, ResetPasswordPage,
        SettingsPage, SignInPage, SignUpPage, TwoFactorPage, VerifyEmailPage,
    },
    request::drop_one_time_token,
};

/// How every page is rendered: whole, once its data is there. The status code, the title and the
/// first paint are then right, and nothing needs a script to appear.
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
    drop_one_time_token();
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
            <Route path=path!("/sign-in") view=SignInPage ssr=WHOLE/>
            <Route path=path!("/sign-in/email") view=MailSignInPage ssr=WHOLE/>
            <Route path=path!("/sign-in/link") view=LinkSignInPage ssr=WHOLE/>
            <Route path=path!("/sign-in/code") view=MailCodePage ssr=WHOLE/>
            <Route path=path!("/sign-up") view=SignUpPage ssr=WHOLE/>
            <Route path=path!("/forgot-password") view=ForgotPasswordPage ssr=WHOLE/>
            <Route path=path!("/reset-password") view=ResetPasswordPage ssr=WHOLE/>
            <Route path=path!("/verify-email") view=VerifyEmailPage ssr=WHOLE/>
            <Route path=path!("/verify-email/confirm") view=ConfirmEmailPage ssr=WHOLE/>
            <Route path=path!("/two-factor") view=TwoFactorPage ssr=WHOLE/>
            <Route path=path!("/settings") view=SettingsPage ssr=WHOLE/>
            <Route path=path!("/dev/mailbox") view=MailboxPage ssr=WHOLE/>
            <Route path=path!("/dashboard") view=DashboardPage ssr=WHOLE/>
            <Route path=path!("/protected") view=ProtectedPage ssr=WHOLE/>
        </Routes>
    }
}
