//! Better Auth's cookies in requests and answers.

use cookie::Cookie;
use http::header::{self, HeaderMap, HeaderValue};

const SECURE_PREFIX: &str = "__Secure-";
const SESSION_TOKEN: &str = "session_token";
const CONVEX_JWT: &str = "convex_jwt";

/// The visitor's Better Auth cookies, and no others: nothing else of the browser's reaches the
/// deployment when the server asks on its own account.
#[derive(Clone, Default)]
pub(crate) struct AuthCookies {
    /// Every cookie with the prefix, as it came.
    pairs: Vec<(String, String)>,
    session_name: Option<String>,
    jwt_name: Option<String>,
    prefix: String,
}

impl std::fmt::Debug for AuthCookies {
    /// Names only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.pairs.iter().map(|(name, _)| name))
            .finish()
    }
}

impl AuthCookies {
    pub(crate) fn of(headers: &HeaderMap, prefix: &str) -> Self {
        let pairs: Vec<(String, String)> = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| has_prefix(name, prefix))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            session_name: find_name(&pairs, prefix, SESSION_TOKEN),
            jwt_name: find_name(&pairs, prefix, CONVEX_JWT),
            pairs,
            prefix: prefix.to_owned(),
        }
    }

    pub(crate) fn has_session(&self) -> bool {
        self.session_name.is_some()
    }

    /// The session cookie's value, which only Better Auth can judge.
    pub(crate) fn session(&self) -> Option<&str> {
        self.value_of(self.session_name.as_ref()?)
    }

    /// The token in the `convex_jwt` cookie; nothing is known about it yet.
    pub(crate) fn jwt(&self) -> Option<&str> {
        self.value_of(self.jwt_name.as_ref()?)
    }

    fn value_of(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Neither a session nor a token: a visitor nobody has to be asked about.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.session_name.is_none() && self.jwt_name.is_none()
    }

    /// A `Cookie` header of these cookies.
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

    /// `Set-Cookie`s that delete the token cookie, under each name it came by.
    pub(crate) fn clear_jwt(&self) -> Vec<HeaderValue> {
        self.clear(CONVEX_JWT)
    }

    /// `Set-Cookie`s that delete session and token cookies, as far as they came.
    pub(crate) fn clear_all(&self) -> Vec<HeaderValue> {
        let mut headers = self.clear(SESSION_TOKEN);
        headers.extend(self.clear(CONVEX_JWT));
        headers
    }

    fn clear(&self, name: &str) -> Vec<HeaderValue> {
        candidates(&self.prefix, name)
            .iter()
            .filter(|candidate| self.pairs.iter().any(|(n, _)| n == *candidate))
            .filter_map(|candidate| deletion(candidate))
            .collect()
    }
}

/// The name of the cookie a `Set-Cookie` header sets.
pub(crate) fn set_cookie_name(header: &HeaderValue) -> Option<&str> {
    header
        .to_str()
        .ok()?
        .split(['=', ';'])
        .next()
        .map(str::trim)
}

/// The value a list of `Set-Cookie` headers gives to the token cookie. An empty one deletes it.
pub(crate) fn set_cookie_jwt(headers: &[HeaderValue], prefix: &str) -> Option<String> {
    headers
        .iter()
        .filter_map(|header| header.to_str().ok())
        .find_map(|text| {
            let (name, rest) = text.split_once('=')?;
            let value = rest.split(';').next().unwrap_or_default().trim();
            (candidates(prefix, CONVEX_JWT)
                .iter()
                .any(|n| n == name.trim())
                && !value.is_empty())
            .then(|| value.to_owned())
        })
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.strip_prefix(SECURE_PREFIX)
        .unwrap_or(name)
        .strip_prefix(prefix)
        .is_some_and(|rest| rest.starts_with(['.', '-']))
}

/// Better Auth's own order: the secure name first, then `prefix.name` before `prefix-name`.
fn candidates(prefix: &str, name: &str) -> [String; 4] {
    [
        format!("{SECURE_PREFIX}{prefix}.{name}"),
        format!("{prefix}.{name}"),
        format!("{SECURE_PREFIX}{prefix}-{name}"),
        format!("{prefix}-{name}"),
    ]
}

fn find_name(pairs: &[(String, String)], prefix: &str, name: &str) -> Option<String> {
    candidates(prefix, name).into_iter().find(|candidate| {
        pairs
            .iter()
            .any(|(n, value)| n == candidate && !value.is_empty())
    })
}

fn deletion(name: &str) -> Option<HeaderValue> {
    let cookie = Cookie::build((name, ""))
        .path("/")
        .http_only(true)
        .same_site(cookie::SameSite::Lax)
        .secure(name.starts_with(SECURE_PREFIX))
        .max_age(cookie::time::Duration::ZERO);
    HeaderValue::from_str(&cookie.build().to_string()).ok()
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
    fn the_secure_name_wins_and_both_spellings_are_known() {
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
    fn only_its_own_cookies_travel() {
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
