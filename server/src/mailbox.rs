//! The key of the development mailbox.
//!
//! Anybody who reads the mailbox can take over every account. So only a key opens the page. The server prints it in
//! the terminal at start. A client's address would not do, because a reverse proxy hides it, nor would a host name,
//! which a client can write as it likes.

use std::{fmt, sync::Arc};

use app::{dev::DevMailbox, paths};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::prelude::{provide_context, use_context};
use sha2::{Digest, Sha256};

/// The page. A link with the key in it leads there once; the key is in a cookie from then on.
const PAGE: &str = paths::MAILBOX;
/// The cookie, and before it the parameter, with the key.
const COOKIE: &str = "dev-mailbox";
const PARAMETER: &str = "key";

/// The mailbox and the key that opens it.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox {
    mails: DevMailbox,
    key: Key,
}

/// Derived from the backend's admin key, so that it stays the same after a restart.
#[derive(Clone)]
struct Key(Arc<str>);

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl Mailbox {
    /// The mailbox of a backend with that admin key.
    pub(crate) fn new(mails: DevMailbox, admin_key: &str) -> Self {
        Self {
            mails,
            key: Key::of(admin_key),
        }
    }

    /// The address that opens it. A secret.
    pub(crate) fn link(&self, site_url: &str) -> String {
        format!("{site_url}{PAGE}?{PARAMETER}={}", self.key.0)
    }

    /// Puts it into the context of the current request, if that has the key.
    pub(crate) fn provide(&self) {
        if use_context::<Parts>().is_some_and(|parts| self.key.is_in(&parts.headers)) {
            provide_context(self.mails.clone());
        }
    }
}

impl Key {
    fn of(admin_key: &str) -> Self {
        let digest = Sha256::digest(format!("development mailbox {admin_key}"));
        let digits: String = digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self(digits.into())
    }

    /// Compares in a time that does not depend on how much is right.
    fn is(&self, candidate: &[u8]) -> bool {
        Sha256::digest(candidate) == Sha256::digest(self.0.as_bytes())
    }

    fn is_in(&self, headers: &HeaderMap) -> bool {
        let values = headers.get_all(header::COOKIE).into_iter();
        let mut pairs = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
        pairs.any(|pair| {
            let value = pair.trim_ascii().strip_prefix(COOKIE.as_bytes());
            let value = value.and_then(|rest| rest.strip_prefix(b"="));
            value.is_some_and(|value| self.is(value))
        })
    }

    /// Whether it is in the address of the page.
    fn opens(&self, uri: &Uri) -> bool {
        let mut parameters = uri.query().unwrap_or_default().split('&');
        uri.path() == PAGE
            && parameters.any(|parameter| {
                let value = parameter.strip_prefix(PARAMETER);
                let value = value.and_then(|rest| rest.strip_prefix('='));
                value.is_some_and(|value| self.is(value.as_bytes()))
            })
    }
}

/// Takes the key out of the address and into a cookie.
pub(crate) async fn unlock(
    State(mailbox): State<Option<Mailbox>>,
    request: Request,
    next: Next,
) -> Response {
    match mailbox.filter(|mailbox| mailbox.key.opens(request.uri())) {
        Some(mailbox) => unlocked(&mailbox.key),
        None => next.run(request).await,
    }
}

fn unlocked(key: &Key) -> Response {
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax", key.0);
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_static(PAGE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Only digits, so it is a valid header.
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            let value = HeaderValue::from_bytes(value.as_bytes());
            headers.append(*name, value.expect("a header"));
        }
        headers
    }

    #[test]
    fn the_key_alone_reads_the_mails() {
        let key = Key::of("convex-local|secret");
        let good = format!("dev-mailbox={}", key.0);
        let among = format!("a=b; {good}; x=caf\u{e9}");
        let right: [&[(&'static str, &str)]; 3] = [
            &[("cookie", good.as_str())],
            &[("cookie", among.as_str())],
            &[("cookie", "a=b"), ("cookie", good.as_str())],
        ];
        for cookies in right {
            assert!(key.is_in(&headers(cookies)), "{cookies:?}");
        }
        let other = format!("dev-mailbox={}", Key::of("convex-local|other").0);
        let longer = format!("x{good}");
        let wrong: [&[(&'static str, &str)]; 8] = [
            &[("host", "localhost:3000")],
            &[("host", "127.0.0.1")],
            &[("cookie", "dev-mailbox=")],
            &[("cookie", "dev-mailbox")],
            &[("cookie", &good[..good.len() - 1])],
            &[("cookie", other.as_str())],
            &[("cookie", longer.as_str())],
            &[("authorization", good.as_str())],
        ];
        for cookies in wrong {
            assert!(!key.is_in(&headers(cookies)), "{cookies:?}");
        }
    }

    #[test]
    fn the_link_leads_to_the_page_and_leaves_the_key_out_of_the_address() {
        let key = Key::of("convex-local|secret");
        let opens = |address: String| key.opens(&address.parse().expect("an address"));
        assert!(opens(format!("/dev/mailbox?key={}", key.0)));
        assert!(opens(format!("/dev/mailbox?a=b&key={}", key.0)));
        assert!(!opens("/dev/mailbox?key=".to_owned()));
        assert!(!opens("/dev/mailbox".to_owned()));
        assert!(!opens(format!("/dashboard?key={}", key.0)));

        let answer = unlocked(&key);
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()[header::LOCATION], "/dev/mailbox");
        let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("text");
        let (pair, rest) = cookie.split_once("; ").expect("attributes");
        assert!(key.is_in(&headers(&[("cookie", pair)])));
        assert_eq!(rest, "Path=/; HttpOnly; SameSite=Lax");
        assert!(!format!("{key:?}").contains(&*key.0));
    }
}
