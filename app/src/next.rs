//! Where a person goes after signing in: the dashboard, or back to where they were going. It travels
//! as `callbackURL`, Better Auth's name for it, through every link and form on the way.

use leptos::prelude::*;
use leptos_better_auth::safe_redirect_path;
use leptos_router::{hooks::use_query_map, location::Url};

/// Where signing in leads by itself.
pub const HOME: &str = "/dashboard";

/// Name of the parameter and of the form field.
pub const CALLBACK_URL: &str = "callbackURL";

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
pub fn with_next(path: &str, next: &str) -> String {
    if next == HOME {
        path.to_owned()
    } else {
        format!("{path}?{CALLBACK_URL}={}", Url::escape(next))
    }
}

/// `address` of a link's page, with the token of the link.
#[must_use]
pub fn with_token(address: &str, token: &str) -> String {
    and(address, &format!("token={}", Url::escape(token)))
}

/// Where the page's `callbackURL` leads: a path on this site, or [`HOME`].
#[must_use]
pub fn use_next() -> String {
    let wanted = use_query_map().with_untracked(|query| query.get(CALLBACK_URL));
    local_or_home(wanted.as_deref())
}

/// `wanted` if it is a path on this site, else [`HOME`].
#[must_use]
pub fn local_or_home(wanted: Option<&str>) -> String {
    // Full URLs are refused here: links of this app carry paths, and the server functions, which know
    // the public origin, check once more.
    wanted
        .filter(|wanted| wanted.starts_with('/'))
        .and_then(|wanted| safe_redirect_path(wanted, "http://localhost"))
        .unwrap_or_else(|| HOME.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        assert_eq!(local_or_home(Some("/protected?a=b")), "/protected?a=b");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "http://localhost/x",
            "/\\evil.example",
            "",
        ] {
            assert_eq!(local_or_home(Some(elsewhere)), HOME, "{elsewhere:?}");
        }
        assert_eq!(local_or_home(None), HOME);
    }

    #[test]
    fn a_wish_survives_the_link() {
        assert_eq!(with_next("/sign-up", HOME), "/sign-up");
        assert_eq!(
            with_next("/sign-up", "/a?b=c&d"),
            "/sign-up?callbackURL=%2Fa%3Fb%3Dc%26d"
        );
    }
}
