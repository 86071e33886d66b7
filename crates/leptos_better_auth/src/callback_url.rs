//! The `callbackURL`: the page to go to after an action.

use std::fmt::{self, Write as _};
use std::ops::Deref;

use leptos::prelude::WithUntracked as _;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use crate::query::escape;

/// The longest accepted path. Browsers and proxies start to truncate beyond it.
const MAX_LEN: usize = 2048;

/// The page to go to after an action: a path of this site, such as `/dashboard?tab=1#top`.
///
/// Links and forms pass it on as [`callbackURL`](Self::NAME), Better Auth's name for it. Anybody can make up such a
/// link or form, so it is checked here: no browser reads a value of this type as another site, and it can be used in
/// a `Location` header unchanged.
///
/// A page reads its own with [`use_callback_url`]. A server function checks the one of its form with [`or`](Self::or):
///
/// ```
/// use leptos_better_auth::CallbackUrl;
///
/// let next = CallbackUrl::or(Some("/todos?x=1"), "/dashboard");
/// assert_eq!(next.as_str(), "/todos?x=1");
/// assert_eq!(next.added_to("/sign-up"), "/sign-up?callbackURL=%2Ftodos%3Fx%3D1");
///
/// for hostile in ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"] {
///     assert_eq!(CallbackUrl::or(Some(hostile), "/dashboard").as_str(), "/dashboard");
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallbackUrl(String);

impl CallbackUrl {
    /// Name of the parameter and of the form field.
    pub const NAME: &str = "callbackURL";

    /// Checks a path, which must begin with `/`.
    ///
    /// Returns `None` for everything that a browser could read as another site: `//evil`, `/\evil`, a scheme, user
    /// info, control characters and white space, an empty path segment in front of a name (`/.//evil`). Paths of more
    /// than 2,048 bytes are refused, too. Characters beyond ASCII and a `%` that encodes nothing are percent-encoded in
    /// the result.
    pub fn parse(wanted: &str) -> Option<Self> {
        let is_path = !wanted.is_empty() && is_readable(wanted) && is_local_path(wanted);
        is_path.then(|| Self(encode(wanted)))
    }

    /// Returns `wanted` if it is a path of this site, otherwise `fallback`, a path of your own.
    pub fn or(wanted: Option<&str>, fallback: &str) -> Self {
        let wanted = wanted.and_then(Self::parse);
        wanted.unwrap_or_else(|| Self(fallback.to_owned()))
    }

    /// Returns the path of a whole URL, if the URL belongs to `site_url`.
    #[cfg(feature = "ssr")]
    pub(crate) fn of_site(url: &str, site_url: &str) -> Option<Self> {
        if !is_readable(url) {
            return None;
        }
        match strip_origin(url, origin_of(site_url)?)? {
            "" => Self::parse("/"),
            path => Self::parse(path),
        }
    }

    /// Returns the path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `page`, a path with or without a query, with this as its parameter.
    pub fn added_to(&self, page: &str) -> String {
        let separator = if page.contains('?') { '&' } else { '?' };
        format!("{page}{separator}{}={}", Self::NAME, escape(&self.0))
    }
}

/// Returns the [`CallbackUrl`] in the address of the current page, otherwise `fallback`.
pub fn use_callback_url(fallback: &str) -> CallbackUrl {
    let wanted = use_query_map().with_untracked(|query| query.get(CallbackUrl::NAME));
    CallbackUrl::or(wanted.as_deref(), fallback)
}

impl Deref for CallbackUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallbackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<CallbackUrl> for String {
    fn from(path: CallbackUrl) -> Self {
        path.0
    }
}

/// An error for text that is not a path of this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a path of this site")]
pub struct NotOfThisSite;

impl TryFrom<String> for CallbackUrl {
    type Error = NotOfThisSite;

    fn try_from(wanted: String) -> Result<Self, NotOfThisSite> {
        Self::parse(&wanted).ok_or(NotOfThisSite)
    }
}

/// Returns `scheme://host[:port]` of a URL, as written.
#[cfg(feature = "ssr")]
pub(crate) fn origin_of(url: &str) -> Option<&str> {
    let host_at = url.find("://")? + 3;
    let end = url[host_at..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| host_at + at);
    (end > host_at).then(|| &url[..end])
}

/// Returns whether browsers read `url` unchanged. They drop tabs and line breaks inside URLs and read `\` as `/`.
fn is_readable(url: &str) -> bool {
    let is_forbidden = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    url.len() <= MAX_LEN && !url.chars().any(is_forbidden)
}

#[cfg(feature = "ssr")]
fn strip_origin<'a>(url: &'a str, origin: &str) -> Option<&'a str> {
    let head = url.get(..origin.len())?;
    let rest = url.get(origin.len()..)?;
    let ends_there = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    (head.eq_ignore_ascii_case(origin) && ends_there).then_some(rest)
}

fn is_local_path(local: &str) -> bool {
    let path = local.split(['?', '#']).next().unwrap_or_default();
    path.starts_with('/') && !path.contains("//")
}

fn encode(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut encoded = String::with_capacity(path.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let begins_code = || {
            let digits = bytes.get(at + 1..at + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        if byte.is_ascii() && (byte != b'%' || begins_code()) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(wanted: &str) -> Option<String> {
        CallbackUrl::parse(wanted).map(String::from)
    }

    #[test]
    fn hostile_callback_urls_are_refused() {
        let hostile = [
            "",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /dashboard",
            "/dash board",
            "/a\u{0}b",
            "https://evil.example",
            "https:evil.example",
            "http://app.example.com/",
            "https://app.example.com.evil.example/",
            "https://app.example.com@evil.example/",
            "https://app.example.com:444/",
            "https://app.example.comevil/",
            "javascript:alert(1)",
            "JaVaScRiPt://app.example.com/%0aalert(1)",
            "data:text/html,x",
            "mailto:a@b.c",
            "dashboard",
            "./dashboard",
            "../dashboard",
            "?x=1",
            "#top",
            "/.//evil.example",
            "/%2e//evil.example",
            "/a/..//evil.example",
            "/\u{a0}/evil.example",
            "https://app.example.com//evil.example",
            "/x\r\nSet-Cookie: a=1",
            "/\u{85}x",
            "blob:https://app.example.com/x",
            "https://",
            "https://app.example.com/dashboard",
            "//app.example.com/dashboard",
        ];
        for url in hostile {
            assert_eq!(parsed(url), None, "{url:?}");
            let json = serde_json::to_string(url).expect("JSON");
            assert!(
                serde_json::from_str::<CallbackUrl>(&json).is_err(),
                "{json}"
            );
        }
        assert_eq!(parsed(&format!("/{}", "a".repeat(3000))), None);
    }

    #[test]
    fn paths_of_this_site_are_accepted() {
        let table = [
            ("/", "/"),
            ("/dashboard", "/dashboard"),
            ("/a/b?x=//y&z=https://w#//f", "/a/b?x=//y&z=https://w#//f"),
            ("/käse", "/k%C3%A4se"),
            ("/%2Fevil.example", "/%2Fevil.example"),
            ("/dashboard?at=12:30#todos", "/dashboard?at=12:30#todos"),
            ("/a~b,(c)!*'$;=@[1]|^{}", "/a~b,(c)!*'$;=@[1]|^{}"),
            ("/100%", "/100%25"),
            ("/%zz?a=%4&b=%41", "/%25zz?a=%254&b=%41"),
        ];
        for (wanted, path) in table {
            assert_eq!(parsed(wanted).as_deref(), Some(path), "{wanted:?}");
            assert_eq!(
                parsed(path).as_deref(),
                Some(path),
                "a checked path stays the same"
            );
        }
    }

    #[test]
    fn a_refused_url_falls_back() {
        let or = |wanted| String::from(CallbackUrl::or(wanted, "/dashboard"));
        assert_eq!(or(Some("//evil.example")), "/dashboard");
        assert_eq!(or(None), "/dashboard");
        assert_eq!(or(Some("/x")), "/x");
    }

    #[test]
    fn a_callback_url_survives_a_link() {
        let next = CallbackUrl::or(Some("/a?b=c&d#e"), "/");
        assert_eq!(
            next.added_to("/sign-up"),
            "/sign-up?callbackURL=%2Fa%3Fb%3Dc%26d%23e"
        );
        assert_eq!(
            next.added_to("/sign-up?by=code"),
            "/sign-up?by=code&callbackURL=%2Fa%3Fb%3Dc%26d%23e"
        );
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a_whole_url_is_accepted_by_its_origin() {
        let path = |url, site| CallbackUrl::of_site(url, site).map(String::from);
        let table = [
            ("https://app.example.com", Some("/")),
            ("HTTPS://App.Example.com/a", Some("/a")),
            ("https://app.example.com/a?b=c#d", Some("/a?b=c#d")),
            ("https://app.example.com/käse", Some("/k%C3%A4se")),
            ("https://app.example.com?x", None),
            ("https://app.example.com//evil.example", None),
            ("https://app.example.com/\\evil.example", None),
            ("https://app.example.com.evil.example/", None),
            ("https://app.example.com@evil.example/", None),
            ("https://app.example.com:444/", None),
            ("https://app.example.comevil/", None),
            ("http://app.example.com/", None),
            ("/a", None),
        ];
        for (url, expected) in table {
            assert_eq!(
                path(url, "https://app.example.com").as_deref(),
                expected,
                "{url}"
            );
        }
        let local = "http://localhost:3000/";
        assert_eq!(
            path("http://localhost:3000/a", local).as_deref(),
            Some("/a")
        );
        assert_eq!(path("http://localhost:3001/a", local), None);
        assert_eq!(path("http://localhost/a", local), None);
    }
}
