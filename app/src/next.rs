//! Where a person goes after signing in: the dashboard, or back to where they were going. It travels
//! as `callbackURL`, Better Auth's name for it, through every link and form on the way.

use leptos_better_auth::{CallbackUrl, use_callback_url};
use leptos_router::location::Url;

/// Where signing in leads by itself.
pub const HOME: &str = "/dashboard";

/// Name of the parameter and of the form field.
pub const CALLBACK_URL: &str = CallbackUrl::NAME;

/// Name of the parameter that tells a page what was just done; see
/// [`DoneNotice`](crate::components::DoneNotice).
pub const DONE: &str = "done";

/// `address` with one more `name=value`, which must be escaped already.
#[must_use]
pub fn and(address: &str, parameter: &str) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{parameter}")
}

/// `path` with `next` as the page to go to afterwards; without the parameter if that is [`HOME`].
#[must_use]
pub fn with_next(path: &str, next: &CallbackUrl) -> String {
    if next.as_str() == HOME {
        path.to_owned()
    } else {
        next.added_to(path)
    }
}

/// `address` of a link's page, with the token of the link.
#[must_use]
pub fn with_token(address: &str, token: &str) -> String {
    and(address, &format!("token={}", Url::escape(token)))
}

/// Where the page's `callbackURL` leads: a path on this site, or [`HOME`].
#[must_use]
pub fn use_next() -> CallbackUrl {
    use_callback_url(HOME)
}

/// `wanted` if it is a path on this site, else [`HOME`].
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
    fn a_wish_survives_the_link() {
        let to = |wanted| with_next("/sign-up", &local_or_home(Some(wanted)));
        assert_eq!(to(HOME), "/sign-up");
        assert_eq!(to("/a?b=c&d"), "/sign-up?callbackURL=%2Fa%3Fb%3Dc%26d");
    }
}
