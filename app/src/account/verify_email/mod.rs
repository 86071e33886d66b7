//! Confirming an email address, or a change of it.

mod claim;
mod confirm;
mod send;

pub(super) use confirm::ConfirmEmailPage;
pub(super) use send::{SendVerification, VerifyEmailPage};
