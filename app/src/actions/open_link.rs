//! Finding out what a link from a mail is about.

use leptos::prelude::*;

use crate::request::{LinkKind, MailLink};

/// Which account a link is about; `None` if it is no longer valid. Changes nothing. Pages call
/// [`request::open_link`](crate::request::open_link), which makes a request in the browser alone.
///
/// # Errors
///
/// When Better Auth does not answer.
#[server(prefix = "/actions", endpoint = "open-link")]
pub async fn open_link(
    /// The kind of link.
    kind: LinkKind,
    /// The token of the link.
    token: String,
) -> Result<Option<MailLink>, ServerFnError> {
    Ok(crate::request::open_link(kind, token, String::new()).await?)
}
