//! Live sessions of signed-in visitors: whose they are, and when they are of no use.

use cookie::Cookie;
use http::header::{self, HeaderMap, HeaderValue};
use leptos_convex::server::{
    BuildError, HttpClient, LiveSessionCounts, LiveSessionOptions, LiveSessions, LiveVisitor,
    LiveWrite, Snapshot,
};
use leptos_convex::{Mutation, Query};
use serde::de::DeserializeOwned;

use super::cookies::{AuthCookies, is_one_of, request_cookies, session_names, set_cookie_pair};
use super::standing::SessionKey;
use super::token::Token;
use crate::seen::COOKIES;

/// What the browser's live client has seen, and who wrote something a moment ago: only that server may rely on what it
/// remembers.
const SEEN: &str = COOKIES.seen;
const WROTE: &str = COOKIES.wrote;
/// Name of the cookie with the moment of the newest page, which the server sets: before the live client has started,
/// and without it.
const PAGE: &str = "convex_page";

/// For how long a write counts that another server made for this browser, in seconds. A live session relies on nothing
/// that was confirmed longer ago than ten.
const WROTE_SECONDS: i64 = 15;
/// How many cookies may name a moment.
const MAX_SEEN: usize = 4;

/// The live sessions of this server.
#[derive(Debug)]
pub(crate) struct Live {
    sessions: LiveSessions,
    /// What tells this server from others that answer the same browser. Says nothing else.
    server: String,
    cookie_prefix: String,
    secure: bool,
}

/// What one request says about itself.
#[derive(Debug)]
pub(crate) struct Asking {
    key: SessionKey,
    /// The newest moments the browser has seen.
    seen: Vec<String>,
    /// Something was written of which this server does not know.
    wrote_elsewhere: bool,
}

impl Live {
    pub(crate) fn new(
        client: &HttpClient,
        options: LiveSessionOptions,
        cookie_prefix: &str,
        secure: bool,
    ) -> Result<Self, BuildError> {
        Ok(Self {
            sessions: LiveSessions::new(client, options)?,
            server: uuid::Uuid::new_v4().simple().to_string(),
            cookie_prefix: cookie_prefix.to_owned(),
            secure,
        })
    }

    /// Returns who asks; `None` for a visitor without a session cookie, who has no live session.
    pub(crate) fn asking(&self, headers: &HeaderMap, cookies: &AuthCookies) -> Option<Asking> {
        let key = SessionKey::of(cookies.session()?);
        let mut seen = Vec::new();
        let mut wrote_elsewhere = false;
        for (name, value) in request_cookies(headers) {
            match name {
                SEEN | PAGE if seen.len() < MAX_SEEN => seen.push(value.to_owned()),
                // Somebody plays with cookies: nothing is new enough.
                SEEN | PAGE => wrote_elsewhere = true,
                WROTE => wrote_elsewhere |= value != self.server,
                _ => {}
            }
        }
        Some(Asking {
            key,
            seen,
            wrote_elsewhere,
        })
    }

    /// Returns the moment that this page can be answered for from memory.
    pub(crate) fn moment(&self, asking: &Asking, token: &Token) -> Option<Snapshot> {
        if asking.wrote_elsewhere {
            return None;
        }
        self.sessions.moment(visitor(asking, token))
    }

    /// Keeps what a page shows. Not with a token made for this request: a browser that keeps it sends it with the next
    /// one, and one that keeps none would have another session each time.
    pub(crate) fn follow<T>(&self, asking: &Asking, token: &Token, query: &Query<T>) {
        if !token.is_fresh {
            self.sessions.follow(visitor(asking, token), query);
        }
    }

    /// Runs a mutation over the visitor's session, once; `None` when nothing has been sent.
    pub(crate) async fn write<T: DeserializeOwned>(
        &self,
        asking: &Asking,
        token: &Token,
        mutation: &Mutation<T>,
    ) -> Option<LiveWrite<T>> {
        let visitor = visitor(asking, token);
        self.sessions.mutation(visitor, mutation).await
    }

    /// Notes that something was written in this session's name, or may have been.
    pub(crate) fn wrote(&self, asking: &Asking) {
        self.sessions.wrote(asking.key.bytes());
    }

    pub(crate) fn end(&self, asking: &Asking) {
        self.sessions.end(asking.key.bytes());
    }

    /// Handles an answer of Better Auth: with another session or none, or having written something perhaps. Says
    /// whether it may have.
    pub(crate) fn answered(&self, asking: &Asking, only_read: bool, headers: &HeaderMap) -> bool {
        let names = session_names(&self.cookie_prefix);
        let set = headers.get_all(header::SET_COOKIE).iter();
        let mut sessions = set
            .filter_map(set_cookie_pair)
            .filter(|(name, _)| is_one_of(&names, name));
        if sessions.any(|(_, value)| SessionKey::of(value) != asking.key) {
            self.end(asking);
            return true;
        }
        if !only_read {
            self.wrote(asking);
        }
        !only_read
    }

    /// Tells other servers of a write, by way of the browser.
    pub(crate) fn wrote_cookie(&self) -> Option<HeaderValue> {
        // The live client overwrites it.
        let mut cookie = self.cookie(WROTE, &self.server);
        cookie.set_max_age(cookie::time::Duration::seconds(WROTE_SECONDS));
        HeaderValue::from_str(&cookie.to_string()).ok()
    }

    /// Remembers in the browser which moment its page is of, or what it wrote, so that no server answers the next page
    /// with less.
    pub(crate) fn page_cookie(&self, asking: &Asking, moment: &str) -> Option<HeaderValue> {
        if asking.seen.iter().any(|seen| seen == moment) {
            return None;
        }
        let mut cookie = self.cookie(PAGE, moment);
        cookie.set_http_only(true);
        HeaderValue::from_str(&cookie.to_string()).ok()
    }

    fn cookie<'a>(&self, name: &'a str, value: &'a str) -> Cookie<'a> {
        Cookie::build((name, value))
            .path("/")
            .same_site(cookie::SameSite::Lax)
            .secure(self.secure)
            .build()
    }

    pub(crate) fn counts(&self) -> LiveSessionCounts {
        self.sessions.counts()
    }
}

fn visitor<'a>(asking: &'a Asking, token: &'a Token) -> LiveVisitor<'a> {
    LiveVisitor {
        session: asking.key.bytes(),
        person: &token.session.user.id,
        token: &token.text,
        ends_in: token.remaining(std::time::Duration::ZERO),
        seen: &asking.seen,
    }
}
