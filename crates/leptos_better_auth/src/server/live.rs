//! Live sessions of signed-in visitors: their owner, and when they must not be used.

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

/// The cookies with what the browser's live client has seen, and which server wrote recently. Only that server may use
/// its memory.
const SEEN: &str = COOKIES.seen;
const WROTE: &str = COOKIES.wrote;
/// Name of the cookie with the timestamp of the newest page. The server sets it, because the live client may not run
/// yet, or not at all.
const PAGE: &str = "convex_page";

/// For how long other servers must respect a write, in seconds. A live session uses nothing that was confirmed more
/// than ten seconds ago.
const WROTE_SECONDS: i64 = 15;
/// The maximum number of cookies with a timestamp.
const MAX_SEEN: usize = 4;

/// The live sessions of this server.
#[derive(Debug)]
pub(crate) struct Live {
    sessions: LiveSessions,
    /// An id of this server, which distinguishes it from others behind the same address and reveals nothing else.
    server: String,
    cookie_prefix: String,
    secure: bool,
}

/// The relevant cookies of one request.
#[derive(Debug)]
pub(crate) struct Asking {
    key: SessionKey,
    /// The newest timestamps that the browser has seen.
    seen: Vec<String>,
    /// Whether something was written that this server does not know of.
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

    /// Returns the owner of a live session; `None` for a visitor without a session cookie, who has none.
    pub(crate) fn asking(&self, headers: &HeaderMap, cookies: &AuthCookies) -> Option<Asking> {
        let key = SessionKey::of(cookies.session()?);
        let mut seen = Vec::new();
        let mut wrote_elsewhere = false;
        for (name, value) in request_cookies(headers) {
            match name {
                SEEN | PAGE if seen.len() < MAX_SEEN => seen.push(value.to_owned()),
                // Somebody manipulates cookies, so nothing counts as new enough.
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

    /// Returns the timestamp at which this page can be answered from memory.
    pub(crate) fn moment(&self, asking: &Asking, token: &Token) -> Option<Snapshot> {
        if asking.wrote_elsewhere {
            return None;
        }
        self.sessions.moment(visitor(asking, token))
    }

    /// Keeps the queries of a page. Not with a token that was just issued: a browser that keeps it sends it with the
    /// next request, and one that does not would get another session each time.
    pub(crate) fn follow<T>(&self, asking: &Asking, token: &Token, query: &Query<T>) {
        if !token.is_fresh {
            self.sessions.follow(visitor(asking, token), query);
        }
    }

    /// Runs a mutation once over the visitor's session; `None` if nothing has been sent.
    pub(crate) async fn write<T: DeserializeOwned>(
        &self,
        asking: &Asking,
        token: &Token,
        mutation: &Mutation<T>,
    ) -> Option<LiveWrite<T>> {
        let visitor = visitor(asking, token);
        self.sessions.mutation(visitor, mutation).await
    }

    /// Notes that something was written for this session, or may have been.
    pub(crate) fn wrote(&self, asking: &Asking) {
        self.sessions.wrote(asking.key.bytes());
    }

    pub(crate) fn end(&self, asking: &Asking) {
        self.sessions.end(asking.key.bytes());
    }

    /// Handles an answer of Better Auth that may set or end a session, or may have written something. Returns whether
    /// it may have written.
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

    /// Returns a cookie that tells other servers of a write.
    pub(crate) fn wrote_cookie(&self) -> Option<HeaderValue> {
        // The live client overwrites this cookie.
        let mut cookie = self.cookie(WROTE, &self.server);
        cookie.set_max_age(cookie::time::Duration::seconds(WROTE_SECONDS));
        HeaderValue::from_str(&cookie.to_string()).ok()
    }

    /// Returns a cookie with the timestamp of a page or a write, so that no server answers the next page with an older
    /// state.
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
