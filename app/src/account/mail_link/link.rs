//! A link from a mail, with the data that its page shows.

use serde::{Deserialize, Serialize};

/// The purpose of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// Signing in.
    SignIn,
    /// Confirming an address, or a change of it.
    Confirm,
    /// Choosing a new password.
    Reset,
}

impl LinkKind {
    /// Returns its name in a form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Confirm => "confirm",
            Self::Reset => "reset",
        }
    }
}

/// The account of a link, and the person who opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailLink {
    /// The account's address.
    pub email: String,
    /// The account's new address, if the link changes it.
    #[serde(default)]
    pub new_email: Option<String>,
    /// Whether confirming it sends a mail to the new address, to confirm that one as well.
    #[serde(default)]
    pub mails_new: bool,
    /// Whether the address has been confirmed already.
    #[serde(default)]
    pub verified: bool,
    /// Whether this browser requested the link.
    #[serde(default)]
    pub asked: bool,
    /// The signed-in person.
    #[serde(default)]
    pub visitor: Option<LinkVisitor>,
}

/// The person who opens a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkVisitor {
    /// Their address.
    pub email: String,
    /// Whether they are here as a guest.
    pub is_guest: bool,
}

impl MailLink {
    /// Returns whether the person who opens it is signed in to its account.
    #[must_use]
    pub fn is_visitors_own(&self) -> bool {
        self.visitor
            .as_ref()
            .is_some_and(|visitor| visitor.email == self.email)
    }

    /// Returns the address of the signed-in person, if it is another account.
    #[must_use]
    pub fn other_person(&self) -> Option<&str> {
        let visitor = self.visitor.as_ref()?;
        (!visitor.is_guest && visitor.email != self.email).then_some(&visitor.email)
    }
}
