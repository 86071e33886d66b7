//! The development mailbox.

use leptos::prelude::*;

use crate::request::DevMail;

/// The mails kept on this machine; `None` if there is no mailbox. Pages call
/// [`request::load_mails`](crate::request::load_mails), which makes a request in the browser alone.
///
/// # Errors
///
/// When the backend does not answer.
#[server(prefix = "/actions", endpoint = "load-mails")]
pub async fn load_mails() -> Result<Option<Vec<DevMail>>, ServerFnError> {
    Ok(crate::request::load_mails().await?)
}
