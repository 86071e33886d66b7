//! The token kept consistent with the session that an answer of Better Auth sets or ends.
//!
//! Better Auth renews the token cookie on some of the routes that change the session, but not on all: not after a
//! second factor, a confirmed address or a changed password. The old token would still name the previous user.

use http::header::{self, HeaderMap, HeaderValue};
use serde_json::Value;

use super::cookies::{
    AuthCookies, deletion, is_one_of, second_factor_names, session_names, set_cookie_name,
    set_cookie_pair, token_names,
};

/// Headers in which Better Auth's `bearer` and `jwt` plugins return what is otherwise in cookies.
const TOKEN_HEADERS: [&str; 2] = ["set-auth-token", "set-auth-jwt"];

/// Makes the cookies of an answer consistent, wherever one is passed on to a visitor.
///
/// If a session is set or deleted without a token, every spelling of the old token is deleted. An answer that asks for
/// a second factor contains no token (GHSA-4qvm-r4pr-v3wg). `body` is empty if it does not have to be checked; see
/// [`hands_out_token`].
pub(crate) fn keep_in_step(headers: &mut HeaderMap, body: &[u8], came: &AuthCookies, prefix: &str) {
    if waits_for_second_factor(headers, body, prefix) {
        withhold_token(headers, prefix);
    }
    let sessions = session_names(prefix);
    let session = set_cookies(headers)
        .find(|set| set_cookie_name(set).is_some_and(|name| is_one_of(&sessions, name)))
        .cloned();
    let Some(session) = session else {
        return;
    };
    let set: Vec<String> = set_cookies(headers)
        .filter_map(|set| set_cookie_name(set).map(str::to_owned))
        .collect();
    let tokens = token_names(prefix);
    let brings_token = tokens.iter().any(|name| set.contains(name));
    let stale = tokens
        .iter()
        .filter(|name| !set.contains(name) && (!brings_token || came.has(name)));
    delete(headers, stale, Some(&session));
}

/// Removes the token from an answer, and deletes the browser's token.
pub(crate) fn withhold_token(headers: &mut HeaderMap, prefix: &str) {
    for name in TOKEN_HEADERS {
        headers.remove(name);
    }
    let tokens = token_names(prefix);
    let (dropped, kept): (Vec<_>, Vec<_>) = set_cookies(headers)
        .cloned()
        .partition(|set| set_cookie_name(set).is_some_and(|name| is_one_of(&tokens, name)));
    headers.remove(header::SET_COOKIE);
    for set in kept {
        headers.append(header::SET_COOKIE, set);
    }
    delete(headers, tokens.iter(), dropped.first());
}

/// Returns whether an answer contains a token, so that its body must be checked before it is passed on.
pub(crate) fn hands_out_token(headers: &HeaderMap, prefix: &str) -> bool {
    let tokens = token_names(prefix);
    TOKEN_HEADERS.iter().any(|name| headers.contains_key(*name))
        || set_cookies(headers).any(|set| gives_value(set, &tokens))
}

/// Returns whether an answer asks for a second factor, in its body or by the challenge's cookie.
fn waits_for_second_factor(headers: &HeaderMap, body: &[u8], prefix: &str) -> bool {
    let names = second_factor_names(prefix);
    if set_cookies(headers).any(|set| gives_value(set, &names)) {
        return true;
    }
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    let said = body.get("twoFactorRedirect");
    said.is_some_and(|said| !matches!(said, Value::Null | Value::Bool(false)))
}

fn gives_value(set: &HeaderValue, names: &[String]) -> bool {
    set_cookie_pair(set).is_some_and(|(name, value)| is_one_of(names, name) && !value.is_empty())
}

fn set_cookies(headers: &HeaderMap) -> impl Iterator<Item = &HeaderValue> {
    headers.get_all(header::SET_COOKIE).iter()
}

fn delete<'a>(
    headers: &mut HeaderMap,
    names: impl Iterator<Item = &'a String>,
    like: Option<&HeaderValue>,
) {
    let deletions: Vec<_> = names.filter_map(|name| deletion(name, like)).collect();
    for deletion in deletions {
        headers.append(header::SET_COOKIE, deletion);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "better-auth";
    const NAMES: [&str; 4] = [
        "__Secure-better-auth.convex_jwt",
        "better-auth.convex_jwt",
        "__Secure-better-auth-convex_jwt",
        "better-auth-convex_jwt",
    ];

    /// Returns the `Set-Cookie`s of an answer after it was passed on, for a browser that sent `came`.
    fn passed(set: &[&'static str], body: &str, came: &'static str) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for set in set {
            headers.append(header::SET_COOKIE, HeaderValue::from_static(set));
        }
        let mut request = HeaderMap::new();
        request.insert(header::COOKIE, HeaderValue::from_static(came));
        let came = AuthCookies::of(&request, PREFIX);
        keep_in_step(&mut headers, body.as_bytes(), &came, PREFIX);
        let set = set_cookies(&headers).map(|set| set.to_str().expect("text").to_owned());
        set.collect()
    }

    fn deleted(set: &[String]) -> Vec<&str> {
        let gone = set
            .iter()
            .filter(|set| set.contains("=; ") && set.contains("Max-Age=0"));
        gone.filter_map(|set| set.split('=').next()).collect()
    }

    #[test]
    fn a_session_without_a_token_deletes_every_spelling_of_the_old_token() {
        let old = "better-auth.session_token=old; better-auth.convex_jwt=a.b.c";
        for session in [
            "better-auth.session_token=new.sig; Path=/; HttpOnly",
            "__Secure-better-auth.session_token=new.sig; Path=/; Secure",
            "better-auth-session_token=new.sig; Path=/",
            "better-auth.session_token=; Max-Age=0; Path=/",
        ] {
            for came in [old, ""] {
                let set = passed(&[session], "{}", came);
                assert_eq!(set[0], session);
                assert_eq!(deleted(&set[1..]), NAMES, "{session}");
            }
        }
    }

    #[test]
    fn a_session_with_its_token_deletes_old_spellings_that_would_take_precedence() {
        let set = [
            "better-auth.session_token=new.sig; Path=/",
            "better-auth.convex_jwt=a.b.c; Path=/",
        ];
        assert_eq!(passed(&set, "{}", "better-auth.convex_jwt=old"), set);
        let came = "__Secure-better-auth.convex_jwt=old; better-auth.convex_jwt=old";
        let passed = passed(&set, "{}", came);
        assert_eq!(deleted(&passed), ["__Secure-better-auth.convex_jwt"]);
    }

    #[test]
    fn other_answers_are_passed_on_unchanged() {
        let came = "better-auth.session_token=s; better-auth.convex_jwt=a.b.c";
        for set in [
            &["better-auth.state=x; Path=/"][..],
            &["better-auth.session_data=x; Path=/"],
            &["better-auth.convex_jwt=n.e.w; Path=/"],
            &["other.session_token=x; Path=/"],
            &[],
        ] {
            assert_eq!(passed(set, "{}", came), set);
        }
    }

    #[test]
    fn a_token_set_for_a_whole_domain_is_deleted_there() {
        let session = "better-auth.session_token=n; Domain=example.com; Path=/app; HttpOnly";
        for set in &passed(&[session], "{}", "")[1..] {
            assert!(
                set.contains("Domain=example.com") && set.contains("Path=/app"),
                "{set}"
            );
        }
    }

    #[test]
    fn no_token_is_set_before_the_second_factor() {
        let jwt = "better-auth.convex_jwt=a.b.c; Max-Age=900; Path=/";
        let gone = "better-auth.session_token=; Max-Age=0; Path=/";
        let challenge = "better-auth.two_factor=x.sig; Max-Age=600; Path=/";
        let said = r#"{"twoFactorRedirect":true,"twoFactorMethods":["totp"]}"#;
        // Plugins may set cookies in any order. The body or the cookie shows the challenge.
        for set in [
            &[jwt, gone, challenge][..],
            &[challenge, gone, jwt],
            &[jwt, challenge],
            &[jwt],
        ] {
            for body in [said, "", r#"{"token":null}"#] {
                if body != said && !set.contains(&challenge) {
                    continue;
                }
                let set = passed(set, body, "better-auth.convex_jwt=old");
                assert!(!set.iter().any(|set| set.contains("a.b.c")), "{set:?}");
                for name in NAMES {
                    assert!(deleted(&set).contains(&name), "{set:?}");
                }
            }
        }
        // An answer that deletes the challenge's cookie, or only mentions a second factor, keeps its token.
        let met = "better-auth.two_factor=; Max-Age=0; Path=/";
        let said = [
            r#"{"twoFactorRedirect":false}"#,
            r#"{"user":{"name":"twoFactorRedirect"}}"#,
            "not JSON: \"twoFactorRedirect\"",
        ];
        for body in said {
            assert_eq!(passed(&[jwt, met], body, ""), [jwt, met], "{body}");
        }
    }

    #[test]
    fn tokens_in_headers_are_withheld_before_the_second_factor_too() {
        let mut headers = HeaderMap::new();
        for name in TOKEN_HEADERS {
            headers.insert(name, HeaderValue::from_static("a.b.c"));
        }
        assert!(hands_out_token(&headers, PREFIX));
        let body = br#"{"twoFactorRedirect":true}"#;
        keep_in_step(&mut headers, body, &AuthCookies::default(), PREFIX);
        assert!(
            TOKEN_HEADERS
                .iter()
                .all(|name| !headers.contains_key(*name))
        );
        assert!(!hands_out_token(&headers, PREFIX));
    }
}
