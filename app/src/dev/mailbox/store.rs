//! The development mailbox: mails that the functions kept instead of sending them, only on this machine.
//!
//! Anybody who reads it can take over every account, since password resets arrive there. So the server puts it into the
//! context of a request only under three conditions: the backend is the embedded one, the app's public address is this
//! machine's own (`localhost`), and the request has the key that the server printed at start. Otherwise the page does
//! not exist.

use leptos::prelude::use_context;
use leptos_convex::{CallError, Mutation, Query, Value, server::HttpClient};

use super::mail::DevMail;
use crate::request::Unreached;

/// Internal query of `convex/emails.ts` that lists all kept mails, newest first.
const LIST: &str = "emails:devMails";
/// Internal mutation of `convex/emails.ts` that deletes them.
const CLEAR: &str = "emails:clearDevMails";

/// Reads and clears the kept mails.
#[derive(Clone, Debug)]
pub struct DevMailbox(HttpClient);

/// Returns the mailbox, if this request may see it.
#[must_use]
pub(super) fn use_dev_mailbox() -> Option<DevMailbox> {
    use_context()
}

/// Returns the mails of the development mailbox; `None` if there is none.
pub(super) async fn load_mails() -> Result<Option<Vec<DevMail>>, Unreached> {
    let Some(mailbox) = use_dev_mailbox() else {
        return Ok(None);
    };
    mailbox.mails().await.map(Some).map_err(|_| Unreached)
}

impl DevMailbox {
    /// Creates the mailbox of the backend whose admin key `admin` has.
    #[must_use]
    pub fn new(admin: HttpClient) -> Self {
        Self(admin)
    }

    /// Lists all mails, newest first.
    ///
    /// # Errors
    ///
    /// When the backend does not answer, or has no such function.
    pub(super) async fn mails(&self) -> Result<Vec<DevMail>, CallError> {
        self.0.query(&Query::new(LIST, ()), None).await
    }

    /// Deletes all mails.
    ///
    /// # Errors
    ///
    /// As [`mails`](Self::mails).
    pub(super) async fn clear(&self) -> Result<(), CallError> {
        let clear = Mutation::<Value>::new(CLEAR, ());
        self.0.mutation(&clear, None).await.map(drop)
    }
}
