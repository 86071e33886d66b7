//! Links in mails: the account of a link, the person who opens it, and the page around it.

mod link;
mod open;
mod page;

pub(super) use link::{LinkKind, MailLink};
pub(super) use open::{take, verified};
pub(super) use page::LinkPage;
