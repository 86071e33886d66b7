//! The sign-in without a password, by a code or a link in a mail.

mod ask;
mod code;
mod cookie;
mod link;

pub(super) use ask::EmailSignInPage;
pub(super) use code::CodeSignInPage;
pub(super) use link::LinkSignInPage;
