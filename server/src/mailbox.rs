//! The key of the development mailbox.
//!
//! Anybody who reads the mailbox can take over every account. So only a key opens the page. The server prints it in the
//! terminal at start. A client's address would not be enough, because a reverse proxy hides it. Neither would a host
//! name, which a client can choose.

use std::{collections::BTreeMap, fmt, sync::Arc};

use app::{dev::DevMailbox, paths};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use leptos::{prelude::provide_context, reactive::owner::with_context};
use leptos_convex::server::HttpClient;
use sha2::{Digest, Sha256};

use crate::{
    config::{Config, LogFormat},
    loopback,
};

/// The page. A link with the key opens it once; from then on the key is in a cookie.
const PAGE: &str = paths::MAILBOX;
/// The name of the cookie with the key, and of the parameter in the link.
const COOKIE: &str = "dev-mailbox";
const PARAMETER: &str = "key";

/// The variable that tells the functions to keep mails (`convex/emails.ts`).
const KEEP: &str = "CONVEX_LOCAL_MAILBOX";

/// The mailbox and its key. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox(Arc<Locked>);

#[derive(Debug)]
struct Locked {
    mails: DevMailbox,
    key: Key,
}

/// The key. It is derived from the backend's admin key, so it stays the same after a restart.
#[derive(Clone)]
struct Key(Arc<str>);

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl Mailbox {
    /// Creates the mailbox of the embedded backend with this address and admin key, in development, if `site_url` is
    /// this machine's own.
    pub(crate) fn of(admin: Option<(&str, &str)>, config: &Config, site_url: &str) -> Option<Self> {
        let (convex_url, admin_key) = admin.filter(|_| keeps_mails(config, site_url))?;
        let client = HttpClient::new(convex_url).ok()?;
        Some(Self(Arc::new(Locked {
            mails: DevMailbox::new(client.with_admin_key(admin_key)),
            key: Key::of(admin_key),
        })))
    }

    /// Returns the address that opens it, a secret.
    fn link(&self, site_url: &str) -> String {
        format!("{site_url}{PAGE}?{PARAMETER}={}", self.0.key.0)
    }
}

/// Returns whether mails that cannot be sent are kept: in development, on a developer's own machine.
fn keeps_mails(config: &Config, site_url: &str) -> bool {
    config.dev_mailbox() && !loopback::aliases(site_url).is_empty()
}

/// Tells the functions of the embedded backend to keep mails, if configured.
pub(crate) fn tell_functions(env: &mut BTreeMap<String, String>, config: &Config, site_url: &str) {
    if keeps_mails(config, site_url) {
        env.insert(KEEP.to_owned(), "1".to_owned());
    }
}

/// Prints the address of the mailbox at the terminal, unless the log is JSON.
pub(crate) fn announce(mailbox: Option<&Mailbox>, config: &Config, site_url: &str) {
    if let (Some(mailbox), LogFormat::Text) = (mailbox, config.log_format) {
        println!(
            "  Mails that are kept instead of sent: {}\n",
            mailbox.link(site_url)
        );
    }
}

/// Puts the mailbox into the context of the current request, if the request has the key.
pub(crate) fn provide(mailbox: Option<&Mailbox>) {
    let Some(Mailbox(mailbox)) = mailbox else {
        return;
    };
    if with_context::<Parts, _>(|parts| mailbox.key.is_in(&parts.headers)) == Some(true) {
        provide_context(mailbox.mails.clone());
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

    /// Compares in a time that does not depend on the number of correct bytes.
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

    /// Returns whether the key is in the address of the page.
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

/// Moves the key from the address of the page into a cookie.
pub(crate) fn guard(site: Router, mailbox: &Option<Mailbox>) -> Router {
    site.layer(middleware::from_fn_with_state(mailbox.clone(), unlock))
}

async fn unlock(State(mailbox): State<Option<Mailbox>>, request: Request, next: Next) -> Response {
    match mailbox.filter(|mailbox| mailbox.0.key.opens(request.uri())) {
        Some(mailbox) => unlocked(&mailbox.0.key),
        None => next.run(request).await,
    }
}

fn unlocked(key: &Key) -> Response {
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax", key.0);
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, HeaderValue::from_static(PAGE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // It consists of digits, so it is a valid header.
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            let value = HeaderValue::from_bytes(value.as_bytes());
            headers.append(*name, value.expect("a header"));
        }
        headers
    }

    #[test]
    fn mails_are_kept_only_on_this_machine_and_only_if_configured() {
        let kept = |args: &[&str], site_url: &str| {
            let args = [&["server"], args].concat();
            let config = Config::try_parse_from(args).expect("the arguments parse");
            let mut env = BTreeMap::new();
            tell_functions(&mut env, &config, site_url);
            env.get(KEEP).is_some_and(|value| value == "1")
        };
        let local = "http://localhost:3000";
        assert_eq!(kept(&[], local), cfg!(debug_assertions));
        assert!(!kept(&["--dev-mailbox=false"], local));
        assert!(kept(&["--dev-mailbox"], local));
        for public in ["https://app.example.com", "http://192.168.1.7:3000"] {
            assert!(!kept(&["--dev-mailbox"], public), "{public}");
        }
    }

    #[test]
    fn only_the_key_opens_the_mailbox() {
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
    fn the_link_opens_the_page_and_removes_the_key_from_the_address() {
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
