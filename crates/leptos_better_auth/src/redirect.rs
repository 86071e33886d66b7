//! Where a person may be sent after signing in.

use std::fmt::Write as _;

/// Longest path accepted; browsers and proxies start to cut beyond it.
const MAX_LEN: usize = 2048;

/// The path of `callback_url` when it leads to this site, else `None`.
///
/// Accepted are absolute paths (`/dashboard?tab=1#top`) and URLs on the origin of `site_url`, of which
/// path, query and fragment remain. Everything a browser could read as another host is refused:
/// `//evil`, `/\evil`, a scheme, user info, control characters and white space, an empty path segment
/// in front of a name (`/.//evil`); and so is an empty text, which is no address. Characters beyond ASCII and a
/// `%` that encodes nothing come back percent-encoded, so that the result can go into a `Location` header as it
/// is, and be decoded by whoever does.
///
/// ```
/// use leptos_better_auth::safe_redirect_path;
/// let site = "https://app.example.com";
/// assert_eq!(safe_redirect_path("/todos?x=1", site).as_deref(), Some("/todos?x=1"));
/// assert_eq!(safe_redirect_path("https://app.example.com/a", site).as_deref(), Some("/a"));
/// assert_eq!(safe_redirect_path("//evil.example", site), None);
/// ```
pub fn safe_redirect_path(callback_url: &str, site_url: &str) -> Option<String> {
    if callback_url.is_empty()
        || callback_url.len() > MAX_LEN
        || callback_url.chars().any(is_forbidden)
    {
        return None;
    }
    let local = strip_origin(callback_url, origin_of(site_url)?).unwrap_or(callback_url);
    let local = if local.is_empty() { "/" } else { local };
    is_local_path(local).then(|| encode(local))
}

/// [`safe_redirect_path`] with a place to go when there is none or it is refused.
pub fn redirect_path_or(callback_url: Option<&str>, site_url: &str, fallback: &str) -> String {
    callback_url
        .and_then(|wanted| safe_redirect_path(wanted, site_url))
        .unwrap_or_else(|| fallback.to_owned())
}

/// `scheme://host[:port]` of a URL, as written.
pub(crate) fn origin_of(url: &str) -> Option<&str> {
    let host_at = url.find("://")? + 3;
    let end = url[host_at..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| host_at + at);
    (end > host_at).then(|| &url[..end])
}

/// Browsers drop tabs and line breaks inside URLs and read `\` as `/`.
fn is_forbidden(c: char) -> bool {
    c.is_control() || c.is_whitespace() || c == '\\'
}

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

    const SITE: &str = "https://app.example.com";

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
            "//app.example.com/dashboard",
        ];
        for url in hostile {
            assert_eq!(safe_redirect_path(url, SITE), None, "{url:?}");
        }
        assert_eq!(
            safe_redirect_path(&format!("/{}", "a".repeat(3000)), SITE),
            None
        );
    }

    #[test]
    fn paths_of_this_site_stay() {
        let table = [
            ("/", "/"),
            ("/dashboard", "/dashboard"),
            ("/a/b?x=//y&z=https://w#//f", "/a/b?x=//y&z=https://w#//f"),
            ("https://app.example.com", "/"),
            ("HTTPS://App.Example.com/a", "/a"),
            ("https://app.example.com/a?b=c#d", "/a?b=c#d"),
            ("/käse", "/k%C3%A4se"),
            ("/%2Fevil.example", "/%2Fevil.example"),
            ("/dashboard?at=12:30#todos", "/dashboard?at=12:30#todos"),
            ("/a~b,(c)!*'$;=@[1]|^{}", "/a~b,(c)!*'$;=@[1]|^{}"),
            ("/100%", "/100%25"),
            ("/%zz?a=%4&b=%41", "/%25zz?a=%254&b=%41"),
        ];
        for (url, path) in table {
            assert_eq!(
                safe_redirect_path(url, SITE).as_deref(),
                Some(path),
                "{url:?}"
            );
        }
    }

    #[test]
    fn the_site_s_own_path_and_port_count() {
        assert_eq!(
            safe_redirect_path("http://localhost:3000/a", "http://localhost:3000/").as_deref(),
            Some("/a")
        );
        assert_eq!(
            safe_redirect_path("http://localhost:3001/a", "http://localhost:3000/"),
            None
        );
        assert_eq!(
            safe_redirect_path("http://localhost/a", "http://localhost:3000"),
            None
        );
    }

    #[test]
    fn a_refused_url_falls_back() {
        assert_eq!(
            redirect_path_or(Some("//evil.example"), SITE, "/dashboard"),
            "/dashboard"
        );
        assert_eq!(redirect_path_or(None, SITE, "/dashboard"), "/dashboard");
        assert_eq!(redirect_path_or(Some("/x"), SITE, "/dashboard"), "/x");
    }
}
