//! Emptying the development mailbox.

use leptos::prelude::*;

use super::Outcome;

/// Name of the form.
pub const FORM: &str = "clear-mails";

/// Forgets the mails kept on this machine.
///
/// # Errors
///
/// When the request comes from another site. A refusal is an [`Outcome`].
#[server(prefix = "/actions", endpoint = "clear-mails")]
pub async fn clear_mails() -> Result<Outcome<String>, ServerFnError> {
    use super::{Refusal, server::settle};
    use crate::request::use_dev_mailbox;

    let page = "/dev/mailbox";
    let cleared = match use_dev_mailbox() {
        Some(mailbox) => mailbox.clear().await.map_err(drop),
        None => Err(()),
    };
    let result = cleared
        .map(|()| page.to_owned())
        .map_err(|()| Refusal::of_form("That did not work."));
    Ok(settle(FORM, page, result, String::as_str))
}
