//! The paths of all pages, each written once, and the page to go to next.
//!
//! Every link and form passes on the requested page as `callbackURL`, which is Better Auth's name for it.

use leptos_better_auth::{CallbackUrl, use_callback_url};
use leptos_router::location::Url;

/// The start page.
pub const LANDING: &str = "/";
/// The start page's other address.
pub const START: &str = "/landing";
/// The signed-in user's todos.
pub const DASHBOARD: &str = "/dashboard";
/// A page for signed-in people.
pub const PROTECTED: &str = "/protected";
/// Signing in.
pub const SIGN_IN: &str = "/sign-in";
/// Signing in without a password: the request for a mail.
pub const EMAIL_SIGN_IN: &str = "/sign-in/email";
/// Signing in without a password: the page of the link in the mail.
pub const LINK_SIGN_IN: &str = "/sign-in/link";
/// Signing in without a password: the form for the code in the mail.
pub const CODE_SIGN_IN: &str = "/sign-in/code";
/// Signing up.
pub const SIGN_UP: &str = "/sign-up";
/// The request for a mail to choose a new password.
pub const FORGOT_PASSWORD: &str = "/forgot-password";
/// Choosing a new password.
pub const RESET_PASSWORD: &str = "/reset-password";
/// The request for a mail that confirms an address, and the result.
pub const VERIFY_EMAIL: &str = "/verify-email";
/// The page of links that confirm an address.
pub const CONFIRM_EMAIL: &str = "/verify-email/confirm";
/// The second step of signing in.
pub const TWO_FACTOR: &str = "/two-factor";
/// The account's settings.
pub const SETTINGS: &str = "/settings";
/// The development mailbox.
pub const MAILBOX: &str = "/dev/mailbox";

/// The page after signing in, unless another was wanted.
pub const HOME: &str = DASHBOARD;

/// Name of the parameter and of the form field with the page to go to afterwards.
pub const CALLBACK_URL: &str = CallbackUrl::NAME;

/// Adds another `name=value`, which must already be escaped, to an address.
#[must_use]
pub fn and(address: &str, parameter: &str) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{parameter}")
}

/// Adds `next` to a path, as the page to go to afterwards, unless it is [`HOME`].
#[must_use]
pub fn with_next(path: &str, next: &CallbackUrl) -> String {
    if next.as_str() == HOME {
        path.to_owned()
    } else {
        next.added_to(path)
    }
}

/// Adds the token of a link to the address of its page.
#[must_use]
pub fn with_token(address: &str, token: &str) -> String {
    and(address, &format!("token={}", Url::escape(token)))
}

/// Returns the page's `callbackURL`: a path on this site, or [`HOME`].
#[must_use]
pub fn use_next() -> CallbackUrl {
    use_callback_url(HOME)
}

/// Returns `wanted` if it is a path on this site, else [`HOME`].
#[must_use]
pub fn local_or_home(wanted: Option<&str>) -> CallbackUrl {
    CallbackUrl::or(wanted, HOME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        let next = |wanted| String::from(local_or_home(wanted));
        assert_eq!(next(Some("/protected?a=b")), "/protected?a=b");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "http://localhost/x",
            "/\\evil.example",
            "",
        ] {
            assert_eq!(next(Some(elsewhere)), HOME, "{elsewhere:?}");
        }
        assert_eq!(next(None), HOME);
    }

    #[test]
    fn the_requested_page_survives_a_link() {
        let to = |wanted| with_next(SIGN_UP, &local_or_home(Some(wanted)));
        assert_eq!(to(HOME), "/sign-up");
        assert_eq!(to("/a?b=c&d"), "/sign-up?callbackURL=%2Fa%3Fb%3Dc%26d");
    }
}
