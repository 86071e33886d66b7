//! The development mailbox: mails that were kept on this machine instead of sent.

mod clear;
mod mail;
mod page;
mod store;

pub(super) use page::MailboxPage;
pub use store::DevMailbox;
