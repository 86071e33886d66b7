//! Accounts: everything that Better Auth adds to the guide, with one file for each use case.
//!
//! A use case is a server function, its form and its page, or its section of the settings.
//! `docs/how-to/leave-things-out.md` explains how to remove one. The lines that belong to `two_factor/` and `guest.rs`
//! end in their names.

mod current_user;
mod email_sign_in;
mod forgot_password;
mod go_on;
mod guest; // guest
mod mail_link;
mod reset_password;
mod settings;
mod sign_in;
mod sign_out;
mod sign_up;
mod social;
mod switch_account;
pub mod two_factor; // two-factor
mod unauthorized;
mod user_menu;
mod verify_email;
mod ways;

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Outlet, ParentRoute, Route},
    path,
};

pub use current_user::{UserResource, WhenSignedIn, provide_current_user, use_current_user};
pub use go_on::GoOnWhenSignedIn;
pub use sign_out::SignOutForm;
pub use social::{PROVIDERS, Provider};
pub use unauthorized::Unauthorized;
pub use user_menu::UserMenu;

use email_sign_in::{CodeSignInPage, EmailSignInPage, LinkSignInPage};
use forgot_password::ForgotPasswordPage;
use reset_password::ResetPasswordPage;
use settings::SettingsPage;
use sign_in::SignInPage;
use sign_up::SignUpPage;
use two_factor::TwoFactorPage; // two-factor
use verify_email::{ConfirmEmailPage, VerifyEmailPage};

/// The pages for accounts.
#[component(transparent)]
pub fn AccountRoutes(
    /// The mode in which the server renders them.
    ssr: SsrMode,
) -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("") view=Outlet ssr=ssr.clone()>
            <Route path=path!("/sign-in") view=SignInPage ssr=ssr.clone()/>
            <Route path=path!("/sign-in/email") view=EmailSignInPage ssr=ssr.clone()/>
            <Route path=path!("/sign-in/link") view=LinkSignInPage ssr=ssr.clone()/>
            <Route path=path!("/sign-in/code") view=CodeSignInPage ssr=ssr.clone()/>
            <Route path=path!("/sign-up") view=SignUpPage ssr=ssr.clone()/>
            <Route path=path!("/forgot-password") view=ForgotPasswordPage ssr=ssr.clone()/>
            <Route path=path!("/reset-password") view=ResetPasswordPage ssr=ssr.clone()/>
            <Route path=path!("/verify-email") view=VerifyEmailPage ssr=ssr.clone()/>
            <Route path=path!("/verify-email/confirm") view=ConfirmEmailPage ssr=ssr.clone()/>
            <Route path=path!("/two-factor") view=TwoFactorPage ssr=ssr.clone()/> // two-factor
            <Route path=path!("/settings") view=SettingsPage ssr/>
        </ParentRoute>
    }
    .into_inner()
}
