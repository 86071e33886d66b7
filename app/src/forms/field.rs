//! The description of one field of a form.

use crate::ui::FieldKind;

/// One field of a [`Form`](super::Form).
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    /// The name under which it is sent.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// The kind of text.
    pub kind: FieldKind,
    /// The value that the browser may fill in.
    pub autocomplete: &'static str,
    /// A sentence of help.
    pub hint: Option<&'static str>,
}

impl FieldSpec {
    /// The current password.
    pub const PASSWORD: Self = Self {
        name: "password",
        label: "Password",
        kind: FieldKind::Password,
        autocomplete: "current-password",
        hint: None,
    };

    /// A new password.
    pub const NEW_PASSWORD: Self = Self {
        name: "password",
        label: "New password",
        kind: FieldKind::Password,
        autocomplete: "new-password",
        hint: Some("At least 8 characters."),
    };

    /// The address of an account.
    pub const EMAIL: Self = Self {
        name: "email",
        label: "Email",
        kind: FieldKind::Email,
        autocomplete: "username",
        hint: None,
    };

    /// The name of a person.
    pub const NAME: Self = Self {
        name: "name",
        label: "Name",
        kind: FieldKind::Text,
        autocomplete: "name",
        hint: None,
    };

    /// A code from a mail or an app.
    pub const CODE: Self = Self {
        name: "code",
        label: "Code",
        kind: FieldKind::Code,
        autocomplete: "one-time-code",
        hint: None,
    };

    /// Returns whether it asks for the password of an existing account.
    #[must_use]
    pub fn is_current_password(&self) -> bool {
        self.autocomplete == Self::PASSWORD.autocomplete
    }
}
