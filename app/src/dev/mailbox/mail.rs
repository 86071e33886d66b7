//! A mail of the development mailbox.

use serde::{Deserialize, Serialize};

/// A mail that was kept instead of sent: a document of the table `devMails`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DevMail {
    /// Its document id.
    #[serde(rename = "_id")]
    pub(super) id: String,
    /// When it was written, in milliseconds since 1970.
    #[serde(rename = "_creationTime")]
    pub(super) at: f64,
    /// The recipient.
    pub(super) to: String,
    /// Subject line.
    pub(super) subject: String,
    /// Its text, links included.
    #[serde(default)]
    pub(super) text: String,
    /// Its text as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) html: Option<String>,
}
