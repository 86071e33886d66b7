//! A mail of the development mailbox.

use serde::{Deserialize, Serialize};

/// A mail that was not sent but kept: a document of the table `devMails`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DevMail {
    /// Its document id.
    #[serde(rename = "_id")]
    pub id: String,
    /// When, in milliseconds since 1970.
    #[serde(rename = "_creationTime")]
    pub at: f64,
    /// To whom.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// What it says, links included.
    #[serde(default)]
    pub text: String,
    /// The same for programs that show HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}
