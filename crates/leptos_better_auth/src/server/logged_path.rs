//! The part of a path that may be logged.

use std::borrow::Cow;

use leptos_router::location::Url;

/// Returns the path of a request for the log. Below the base path of Better Auth, everything after the first segment is
/// left out, because links in mails have their secret there (`/reset-password/<token>`).
pub(crate) fn loggable<'a>(path: &'a str, base_path: &str) -> Cow<'a, str> {
    let base = format!("{base_path}/").to_ascii_lowercase();
    let Some(at) = path.to_ascii_lowercase().find(&base) else {
        return match Url::unescape(path).to_ascii_lowercase().contains(&base) {
            // This is not written like one of our routes, but it may still be a link in a mail.
            true => Cow::Owned(format!("{base_path}/…")),
            false => Cow::Borrowed(path),
        };
    };
    let below = at + base.len();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match path[below..].find(|c| !plain(c)) {
        Some(end) => {
            let shown = &path[..below + end];
            Cow::Owned(format!("{}/…", shown.trim_end_matches('/')))
        }
        None => Cow::Borrowed(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_logged_without_the_segments_below_it() {
        for (path, logged) in [
            ("/dashboard", "/dashboard"),
            ("/api/auth", "/api/auth"),
            ("/api/authors/7", "/api/authors/7"),
            ("/api/auth/sign-out", "/api/auth/sign-out"),
            ("/api/auth/sign-in/email", "/api/auth/sign-in/…"),
            (
                "/api/auth/reset-password/SECRET",
                "/api/auth/reset-password/…",
            ),
            (
                "/api/auth/reset-password/SECRET/x",
                "/api/auth/reset-password/…",
            ),
            (
                "/api/auth/reset-password%2FSECRET",
                "/api/auth/reset-password/…",
            ),
            (
                "/api/auth/reset-password;SECRET",
                "/api/auth/reset-password/…",
            ),
            ("/api/auth//reset-password/SECRET", "/api/auth/…"),
            (
                "/API/Auth/reset-password/SECRET",
                "/API/Auth/reset-password/…",
            ),
            (
                "/x/../api/auth/reset-password/SECRET",
                "/x/../api/auth/reset-password/…",
            ),
            (
                "//api/auth/reset-password/SECRET",
                "//api/auth/reset-password/…",
            ),
            ("/%61pi/auth/reset-password/SECRET", "/api/auth/…"),
            ("/api%2Fauth%2Freset-password%2FSECRET", "/api/auth/…"),
        ] {
            assert_eq!(loggable(path, "/api/auth"), logged, "{path}");
        }
    }
}
