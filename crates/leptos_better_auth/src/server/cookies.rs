//! Better Auth's cookies in requests and answers.

use cookie::Cookie;
use http::header::{self, HeaderMap, HeaderValue};

const SECURE_PREFIX: &str = "__Secure-";
const SESSION_TOKEN: &str = "session_token";
const CONVEX_JWT: &str = "convex_jwt";
const TWO_FACTOR: &str = "two_factor";

/// Returns the cookies of a request as sent, in their order: `(name, value)`.
///
/// A pair with a byte beyond ASCII is left out and the others count. Any script on the domain or on a
/// sibling domain can set such a cookie, and it must not hide the session's.
///
/// ```
/// use http::{HeaderMap, HeaderValue, header};
/// use leptos_better_auth::server::request_cookies;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(header::COOKIE, HeaderValue::from_bytes(b"x=caf\xc3\xa9; theme=dark").unwrap());
/// assert_eq!(request_cookies(&headers).collect::<Vec<_>>(), [("theme", "dark")]);
/// ```
pub fn request_cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| parts(value.as_bytes()))
        .filter(|pair| pair.is_ascii())
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='))
}

/// Splits a `Cookie` header at its semicolons.
fn parts(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(header);
    std::iter::from_fn(move || {
        let header = rest?;
        let end = memchr::memchr(b';', header);
        rest = end.map(|end| &header[end + 1..]);
        Some(&header[..end.unwrap_or(header.len())])
    })
}

/// The visitor's Better Auth cookies. No other cookie of the browser reaches the deployment.
#[derive(Clone, Default)]
pub(crate) struct AuthCookies {
    /// Every cookie with the prefix, as sent.
    pairs: Vec<(String, String)>,
    session_name: Option<String>,
    jwt_name: Option<String>,
    prefix: String,
    /// Whether the browser sent any cookies, readable or not.
    sent_any: bool,
}

impl std::fmt::Debug for AuthCookies {
    /// Prints only the names.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.pairs.iter().map(|(name, _)| name))
            .finish()
    }
}

impl AuthCookies {
    pub(crate) fn of(headers: &HeaderMap, prefix: &str) -> Self {
        let pairs: Vec<(String, String)> = request_cookies(headers)
            .filter(|(name, _)| has_prefix(name, prefix))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            session_name: find_name(&pairs, prefix, SESSION_TOKEN),
            jwt_name: find_name(&pairs, prefix, CONVEX_JWT),
            pairs,
            prefix: prefix.to_owned(),
            sent_any: headers.contains_key(header::COOKIE),
        }
    }

    /// Returns whether the browser sent cookies, but no session cookie.
    pub(crate) fn came_without_session(&self) -> bool {
        self.sent_any && !self.has_session()
    }

    /// Returns whether there is a cookie of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(n, _)| n == name)
    }

    pub(crate) fn has_session(&self) -> bool {
        self.session_name.is_some()
    }

    /// Returns the session cookie's value, which only Better Auth can check.
    pub(crate) fn session(&self) -> Option<&str> {
        self.value_of(self.session_name.as_ref()?)
    }

    /// Returns the token in the `convex_jwt` cookie, unverified.
    pub(crate) fn jwt(&self) -> Option<&str> {
        self.value_of(self.jwt_name.as_ref()?)
    }

    fn value_of(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns whether there is neither a session nor a token, so that no request is needed.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.session_name.is_none() && self.jwt_name.is_none()
    }

    /// Formats these cookies as a `Cookie` header.
    pub(crate) fn to_header(&self) -> Option<HeaderValue> {
        if self.pairs.is_empty() {
            return None;
        }
        let pairs: Vec<String> = self
            .pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut header = HeaderValue::from_str(&pairs.join("; ")).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// Returns `Set-Cookie`s that delete the token cookie, under each name that was sent.
    pub(crate) fn clear_jwt(&self) -> Vec<HeaderValue> {
        self.clear(CONVEX_JWT)
    }

    /// Returns `Set-Cookie`s that delete the session and token cookies that were sent.
    pub(crate) fn clear_all(&self) -> Vec<HeaderValue> {
        let mut headers = self.clear(SESSION_TOKEN);
        headers.extend(self.clear(CONVEX_JWT));
        headers
    }

    fn clear(&self, name: &str) -> Vec<HeaderValue> {
        spellings(&self.prefix, name)
            .iter()
            .filter(|spelling| self.has(spelling))
            .filter_map(|spelling| deletion(spelling, None))
            .collect()
    }
}

/// Returns the name of the cookie a `Set-Cookie` header sets.
pub(crate) fn set_cookie_name(header: &HeaderValue) -> Option<&str> {
    set_cookie_pair(header).map(|(name, _)| name)
}

/// Returns name and value of the cookie a `Set-Cookie` header sets. An empty value deletes it.
pub(crate) fn set_cookie_pair(header: &HeaderValue) -> Option<(&str, &str)> {
    let pair = header.as_bytes().split(|byte| *byte == b';').next()?;
    let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
    Some((name.trim(), value.trim()))
}

/// Returns the value of the token cookie in a list of `Set-Cookie` headers.
pub(crate) fn set_cookie_jwt(headers: &[HeaderValue], prefix: &str) -> Option<String> {
    let names = token_names(prefix);
    headers
        .iter()
        .filter_map(set_cookie_pair)
        .find(|(name, value)| is_one_of(&names, name) && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

/// Returns every spelling of the session cookie's name.
pub(crate) fn session_names(prefix: &str) -> [String; 4] {
    spellings(prefix, SESSION_TOKEN)
}

/// Returns every spelling of the token cookie's name.
pub(crate) fn token_names(prefix: &str) -> [String; 4] {
    spellings(prefix, CONVEX_JWT)
}

/// Returns every spelling of the cookie's name between the password and a second factor.
pub(crate) fn second_factor_names(prefix: &str) -> [String; 4] {
    spellings(prefix, TWO_FACTOR)
}

pub(crate) fn is_one_of(names: &[String], name: &str) -> bool {
    names.iter().any(|one| one == name)
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.strip_prefix(SECURE_PREFIX)
        .unwrap_or(name)
        .strip_prefix(prefix)
        .is_some_and(|rest| rest.starts_with(['.', '-']))
}

/// Returns every spelling in Better Auth's own order: the secure name first, then `prefix.name` before `prefix-name`.
fn spellings(prefix: &str, name: &str) -> [String; 4] {
    [
        format!("{SECURE_PREFIX}{prefix}.{name}"),
        format!("{prefix}.{name}"),
        format!("{SECURE_PREFIX}{prefix}-{name}"),
        format!("{prefix}-{name}"),
    ]
}

fn find_name(pairs: &[(String, String)], prefix: &str, name: &str) -> Option<String> {
    spellings(prefix, name).into_iter().find(|spelling| {
        pairs
            .iter()
            .any(|(n, value)| n == spelling && !value.is_empty())
    })
}

/// Returns a `Set-Cookie` that deletes the cookie `name`. It must have the same domain and path, which are taken from
/// `like`, a `Set-Cookie` of the same kind.
pub(crate) fn deletion(name: &str, like: Option<&HeaderValue>) -> Option<HeaderValue> {
    let like = like
        .and_then(|header| header.to_str().ok())
        .and_then(|text| Cookie::parse(text).ok());
    let path = like.as_ref().and_then(Cookie::path).unwrap_or("/");
    let mut cookie = Cookie::build((name, ""))
        .path(path)
        .http_only(true)
        .same_site(cookie::SameSite::Lax)
        .secure(name.starts_with(SECURE_PREFIX))
        .max_age(cookie::time::Duration::ZERO)
        .build();
    if let Some(domain) = like.as_ref().and_then(Cookie::domain) {
        cookie.set_domain(domain);
    }
    HeaderValue::from_str(&cookie.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(header: &str) -> AuthCookies {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, header.parse().expect("header"));
        AuthCookies::of(&headers, "better-auth")
    }

    #[test]
    fn the_secure_name_takes_precedence_and_both_spellings_are_known() {
        let both = cookies("better-auth.convex_jwt=plain; __Secure-better-auth.convex_jwt=secure");
        assert_eq!(both.jwt(), Some("secure"));
        assert_eq!(cookies("better-auth-convex_jwt=dash").jwt(), Some("dash"));
        assert_eq!(
            cookies("__Secure-better-auth-convex_jwt=dash").jwt(),
            Some("dash")
        );
        assert!(cookies("better-auth.session_token=a%2Bb.c%3D").has_session());
        assert!(cookies("better-auth.session_token=; x=1").is_anonymous());
        assert!(cookies("better-authx.session_token=1; other.session_token=1").is_anonymous());
    }

    #[test]
    fn a_cookie_that_cannot_be_read_hides_no_other() {
        for odd in [
            "x=caf\u{e9}",
            "\u{e9}=1",
            "x",
            "=",
            "better-auth.note=\u{1f36a}",
        ] {
            let session = "better-auth.session_token=a.b";
            for header in [
                format!("{odd}; {session}"),
                format!("{session};{odd}"),
                format!("{odd};{odd}; {session} ;{odd}"),
            ] {
                let mut headers = HeaderMap::new();
                headers.insert(
                    header::COOKIE,
                    HeaderValue::from_bytes(header.as_bytes()).expect("header"),
                );
                let cookies = AuthCookies::of(&headers, "better-auth");
                assert_eq!(cookies.session(), Some("a.b"), "{header}");
                assert_eq!(cookies.to_header().expect("header"), session, "{header}");
            }
        }
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_bytes(b"x=\xff\xfe").expect("header"),
        );
        assert!(AuthCookies::of(&headers, "better-auth").came_without_session());
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("better-auth.session_token=a"),
        );
        assert!(!AuthCookies::of(&headers, "better-auth").came_without_session());
        assert!(!AuthCookies::of(&HeaderMap::new(), "better-auth").came_without_session());
    }

    #[test]
    fn only_better_auth_s_own_cookies_are_sent() {
        let header =
            cookies("theme=dark; better-auth.session_token=a; better-auth.dont_remember=b; sid=1")
                .to_header();
        assert_eq!(
            header.expect("header"),
            "better-auth.session_token=a; better-auth.dont_remember=b"
        );
    }

    #[test]
    fn deletion_matches_how_the_cookie_was_set() {
        let cleared =
            cookies("__Secure-better-auth.session_token=a; better-auth.convex_jwt=b").clear_all();
        let texts: Vec<&str> = cleared.iter().map(|v| v.to_str().expect("text")).collect();
        assert_eq!(texts.len(), 2);
        assert!(
            texts[0].starts_with("__Secure-better-auth.session_token=;")
                && texts[0].contains("Secure")
        );
        for text in texts {
            assert!(
                text.contains("Path=/") && text.contains("Max-Age=0") && text.contains("HttpOnly"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_token_is_found_among_the_cookies_of_an_answer() {
        let set = |text: &'static str| HeaderValue::from_static(text);
        let headers = [
            set("better-auth.session_token=s; Path=/"),
            set("better-auth.convex_jwt=a.b.c; Max-Age=900"),
        ];
        assert_eq!(
            set_cookie_jwt(&headers, "better-auth").as_deref(),
            Some("a.b.c")
        );
        assert_eq!(
            set_cookie_jwt(&[set("better-auth.convex_jwt=; Max-Age=0")], "better-auth"),
            None
        );
        assert_eq!(
            set_cookie_name(&headers[0]),
            Some("better-auth.session_token")
        );
    }
}
