//! The result of an accepted form, for the page that shows it.

use crate::paths::and;

/// The result of a form, as a word in the next page's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// A mail to choose a new password was requested.
    ResetSent,
    /// A mail that confirms an address was requested.
    VerificationSent,
    /// A code was mailed for the second step of signing in.
    CodeSent,
    /// A link to sign in with was mailed.
    LinkSent,
    /// A new password was chosen.
    PasswordReset,
    /// The address was confirmed.
    Verified,
    /// There was no session to end.
    NoSession,
    /// An account that somebody else created was taken over.
    Claimed,
    /// The owner of the old address agreed to the new one.
    Agreed,
    /// The name was changed.
    Name,
    /// A change of the address was requested.
    Email,
    /// The password was changed.
    Password,
    /// A session on another device was ended.
    Session,
    /// All sessions on other devices were ended.
    Sessions,
    /// A provider's account was unlinked.
    Unlinked,
    /// The set-up of the second factor was started.
    TwoFactorBegun,
    /// The second factor was turned on.
    TwoFactorOn,
    /// The second factor was turned off.
    TwoFactorOff,
    /// The person has to sign in again first.
    SignInAgain,
}

impl Done {
    /// Name of the parameter in the address.
    pub const PARAMETER: &'static str = "done";

    const ALL: [Self; 19] = [
        Self::ResetSent,
        Self::VerificationSent,
        Self::CodeSent,
        Self::LinkSent,
        Self::PasswordReset,
        Self::Verified,
        Self::NoSession,
        Self::Claimed,
        Self::Agreed,
        Self::Name,
        Self::Email,
        Self::Password,
        Self::Session,
        Self::Sessions,
        Self::Unlinked,
        Self::TwoFactorBegun,
        Self::TwoFactorOn,
        Self::TwoFactorOff,
        Self::SignInAgain,
    ];

    /// Returns the address of a page with this result.
    #[must_use]
    pub fn at(self, page: &str) -> String {
        and(page, &format!("{}={}", Self::PARAMETER, self.word()))
    }

    /// Returns the result for a word. Anybody can make up an address, so other words are ignored.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::ResetSent => "reset-sent",
            Self::VerificationSent => "verification-sent",
            Self::CodeSent => "code-sent",
            Self::LinkSent => "link-sent",
            Self::PasswordReset => "password-reset",
            Self::Verified => "verified",
            Self::NoSession => "no-session",
            Self::Claimed => "claimed",
            Self::Agreed => "agreed",
            Self::Name => "name",
            Self::Email => "email",
            Self::Password => "password",
            Self::Session => "session",
            Self::Sessions => "sessions",
            Self::Unlinked => "unlinked",
            Self::TwoFactorBegun => "two-factor-begun",
            Self::TwoFactorOn => "two-factor-on",
            Self::TwoFactorOff => "two-factor-off",
            Self::SignInAgain => "sign-in-again",
        }
    }

    /// Returns the message of the next page; `None` where that page has its own.
    #[must_use]
    pub fn text(self) -> Option<&'static str> {
        Some(match self {
            Self::ResetSent => {
                "If there is an account with this address, a mail with a link is on its way to it."
            }
            Self::VerificationSent => {
                "If this address has to be confirmed, a mail with a link is on its way to it."
            }
            Self::CodeSent => "A mail with a code is on its way to the address of your account.",
            Self::LinkSent => {
                "A mail with a link is on its way. The link is good for five minutes."
            }
            Self::PasswordReset => "Your new password is set. Sign in with it.",
            Self::Verified => "Your email address is confirmed.",
            Self::NoSession => "This browser was not signed in, so there was no session to end.",
            Self::Claimed => {
                "The account is yours now. Sign in by email, then choose a password if you like."
            }
            Self::Agreed => "Now follow the link in the mail we sent to the new address.",
            Self::Name => "Your name is changed.",
            Self::Email => "Follow the link in the mail we sent to confirm the change.",
            Self::Password => "Your password is changed. Other devices are signed out.",
            Self::Session => "That device is signed out.",
            Self::Sessions => "All other devices are signed out.",
            Self::Unlinked => "The account is unlinked.",
            Self::TwoFactorBegun => "Add the secret to your app and enter its first code.",
            Self::TwoFactorOn => "Two-factor sign-in is on.",
            Self::TwoFactorOff => "Two-factor sign-in is off.",
            Self::SignInAgain => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Done;

    #[test]
    fn every_word_stands_for_its_result() {
        for done in Done::ALL {
            assert_eq!(Done::of_word(done.word()), Some(done));
        }
        assert_eq!(Done::of_word("hacked"), None);
        assert_eq!(Done::Name.at("/settings"), "/settings?done=name");
        assert_eq!(Done::LinkSent.at("/a?b=c"), "/a?b=c&done=link-sent");
    }
}
