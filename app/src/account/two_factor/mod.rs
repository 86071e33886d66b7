//! Two-factor sign-in: a code from an authenticator app, after the password.
//!
//! `docs/how-to/leave-things-out.md` explains how to remove it.

mod challenge;
mod cookie;
mod sealed;
mod setup;

pub use cookie::forget_at_sign_out;

pub(super) use challenge::TwoFactorPage;
pub(super) use cookie::forget as forget_setup;
pub(super) use setup::TwoFactorSettings;
