//! The button that empties the development mailbox.

use leptos::prelude::*;

use super::store::use_dev_mailbox;
use crate::{
    forms::{Answer, Refusal, answer},
    paths,
};

/// Deletes the mails kept on this machine.
#[server(prefix = "/actions", endpoint = "clear-mails")]
pub async fn clear_mails() -> Answer {
    let cleared = match use_dev_mailbox() {
        Some(mailbox) => mailbox.clear().await.is_ok(),
        None => false,
    };
    let done = if cleared {
        Ok(paths::MAILBOX.to_owned())
    } else {
        Err(Refusal::of_form("That did not work."))
    };
    answer::<ClearMails>(paths::MAILBOX, done)
}
