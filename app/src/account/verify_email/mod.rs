//! The confirmation of an email address, or of its change.

mod claim;
mod confirm;
mod send;

pub(super) use confirm::ConfirmEmailPage;
pub(super) use send::{SendVerification, VerifyEmailPage};
