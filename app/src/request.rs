//! The request and response of the page that is being rendered.

mod account;
mod cookies;
mod link;
mod load_account;
mod mail;
pub(crate) mod mail_code;
mod mailbox;
mod one_time;
mod open_link;
mod refusal;
mod sealed;
pub mod second_factor;
mod server;

pub use account::{AccountOverview, DeviceSession, FactorSetup};
pub use link::{LinkKind, LinkVisitor, MailLink};
pub use load_account::load_account;
pub use mail::DevMail;
pub use mailbox::{DevMailbox, use_dev_mailbox};
pub(crate) use one_time::drop_one_time_token;
pub use open_link::open_link;
pub(crate) use open_link::{taking, verified};
pub use refusal::{Refused, use_refused};
pub(crate) use server::{answer_plain_form, doubt_session, keep_refusal};
pub use server::{
    check_access, load_mails, offered, retry_after, set_status, use_code_address, use_last_method,
};
