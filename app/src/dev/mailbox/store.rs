//! The development mailbox: mails that the functions kept instead of sending them, on this machine alone.
//!
//! Anybody who reads it can take over every account (password resets arrive there). So it is in the context of
//! a request only where the server has made sure of three things: the backend is the embedded one, the
//! app's public address is this machine's own (`localhost`), and the request has the key that the server
//! printed at start. Everywhere else there is no such page.

use leptos::prelude::use_context;
use leptos_convex::{CallError, Mutation, Query, Value, server::HttpClient};

use super::mail::DevMail;
use crate::request::Unreached;

/// Internal query of `convex/emails.ts`: all kept mails, newest first.
const LIST: &str = "emails:devMails";
/// Internal mutation of `convex/emails.ts`: forgets them.
const CLEAR: &str = "emails:clearDevMails";

/// Reads and clears the kept mails.
#[derive(Clone, Debug)]
pub struct DevMailbox(HttpClient);

/// The mailbox, if this request may see it.
#[must_use]
pub(super) fn use_dev_mailbox() -> Option<DevMailbox> {
    use_context()
}

/// The mails of the development mailbox; `None` if there is none.
pub(super) async fn load_mails() -> Result<Option<Vec<DevMail>>, Unreached> {
    let Some(mailbox) = use_dev_mailbox() else {
        return Ok(None);
    };
    mailbox.mails().await.map(Some).map_err(|_| Unreached)
}

impl DevMailbox {
    /// The mailbox of the backend that `admin` has the admin key of.
    #[must_use]
    pub fn new(admin: HttpClient) -> Self {
        Self(admin)
    }

    /// All mails, newest first.
    ///
    /// # Errors
    ///
    /// When the backend does not answer, or has no such function.
    pub(super) async fn mails(&self) -> Result<Vec<DevMail>, CallError> {
        self.0.query(&Query::new(LIST, ()), None).await
    }

    /// Forgets all mails.
    ///
    /// # Errors
    ///
    /// As [`mails`](Self::mails).
    pub(super) async fn clear(&self) -> Result<(), CallError> {
        let clear = Mutation::<Value>::new(CLEAR, ());
        self.0.mutation(&clear, None).await.map(drop)
    }
}
