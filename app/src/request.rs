//! The request and response of the page that is being rendered. In the browser there is neither: functions that change
//! the response do nothing there, and functions that need the server send it a request.

mod account;
mod link;
mod mail;
mod refusal;

use leptos::prelude::SharedValue;

use crate::api::auth::SignInMethodsResult;

#[cfg(feature = "ssr")]
mod cookies;
#[cfg(feature = "ssr")]
mod load_account;
#[cfg(feature = "ssr")]
pub(crate) mod mail_code;
#[cfg(feature = "ssr")]
mod mailbox;
#[cfg(feature = "ssr")]
mod open_link;
#[cfg(feature = "ssr")]
mod sealed;
#[cfg(feature = "ssr")]
pub mod second_factor;
#[cfg(feature = "ssr")]
mod server;
#[cfg(feature = "ssr")]
use server as platform;

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(not(feature = "ssr"))]
use browser as platform;

#[cfg(feature = "ssr")]
pub(crate) use server::{answer_plain_form, keep_refusal};

pub use account::{AccountOverview, DeviceSession, FactorSetup};
pub use link::{LinkKind, LinkVisitor, MailLink};
#[cfg(feature = "ssr")]
pub use load_account::load_account;
pub use mail::DevMail;
#[cfg(feature = "ssr")]
pub use mailbox::{DevMailbox, use_dev_mailbox};
#[cfg(feature = "ssr")]
pub use open_link::open_link;
#[cfg(feature = "ssr")]
pub(crate) use open_link::{taking, verified};
pub use platform::{check_access, load_mails, offered};
pub(crate) use platform::{doubt_session, post};
#[cfg(not(feature = "ssr"))]
pub use platform::{load_account, open_link};
pub use refusal::{Refusal, use_kept_refusal};

/// What is assumed until the backend answers.
const ALL_METHODS: SignInMethodsResult = SignInMethodsResult {
    github: true,
    mail: true,
};

/// How this browser signed in last, as Better Auth's `lastLoginMethod` names it.
///
/// The browser gets the server's answer while hydrating, and looks for itself afterwards.
#[must_use]
pub fn use_last_method() -> Option<String> {
    SharedValue::new(platform::last_method).into_inner()
}

/// The address a code for signing in was just mailed to, where the server knows it.
#[must_use]
pub fn use_code_address() -> Option<String> {
    SharedValue::new(platform::code_address).into_inner()
}

/// Sets the HTTP status of the page being rendered.
pub fn set_status(status: u16) {
    platform::set_status(status);
}

/// Asks the client to come back in `seconds` (header `Retry-After`).
pub fn retry_after(seconds: u32) {
    platform::retry_after(seconds);
}
