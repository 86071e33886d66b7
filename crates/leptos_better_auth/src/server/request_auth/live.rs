//! The live session of a request's visitor.

use std::sync::atomic::Ordering;

use http::header::{HeaderMap, HeaderValue};
use leptos_convex::server::Snapshot;
use leptos_convex::{CallError, Mutation, Query};
use serde::de::DeserializeOwned;

use super::super::live::{Asking, Live};
use super::super::standing::SessionKey;
use super::super::token::Token;
use super::{RequestAuth, Resolution, now_in_milliseconds, same_session};

impl RequestAuth {
    /// Returns whether the visitor's live session shows that the session exists. Otherwise Better Auth is asked.
    pub(super) fn stands_live(&self, token: &Token) -> bool {
        let Some(query) = &self.0.auth.settings().session_query else {
            return false;
        };
        self.follow(query);
        let cookie = self.0.cookies.session();
        let id = cookie.and_then(|cookie| self.0.auth.standings().id_of(SessionKey::of(cookie)));
        if !id.is_some_and(|id| same_session(token, &id)) {
            return false;
        }
        let held = self.held_moment();
        let ends = held.and_then(|moment| moment.known(query)?.value().ok()?.flatten());
        ends.is_some_and(|ends| ends > now_in_milliseconds())
    }

    /// Returns the snapshot for everything that this request preloads.
    pub(crate) async fn moment(&self) -> Option<&Snapshot> {
        let ask = || async {
            match self.held_moment() {
                Some(held) => Some(held),
                None => self.0.auth.convex().snapshot().await.ok(),
            }
        };
        self.0.moment.get_or_init(ask).await.as_ref()
    }

    /// Returns the timestamp of the visitor's live session, if it may be used.
    fn held_moment(&self) -> Option<Snapshot> {
        let (live, asking, token) = self.live()?;
        live.moment(asking, token)
    }

    /// Keeps the queries of this page in the visitor's live session.
    pub(crate) fn follow<T>(&self, query: &Query<T>) {
        if let Some((live, asking, token)) = self.live() {
            live.follow(asking, token, query);
        }
    }

    fn live(&self) -> Option<(&Live, &Asking, &Token)> {
        let Resolution::Token(token) = self.resolved()? else {
            return None;
        };
        Some((self.0.auth.live()?, self.0.live.as_deref()?, token))
    }

    /// Notes that something was written for the visitor without this crate's helpers, so that no later page of a live
    /// session is older ([`AuthConfig::live_sessions`](crate::server::AuthConfig::live_sessions)).
    pub fn note_write(&self) {
        if let (Some(live), Some(asking)) = (self.0.auth.live(), &self.0.live) {
            self.0.wrote.store(true, Ordering::Relaxed);
            live.wrote(asking);
        }
    }

    /// Runs a mutation once over the live session that was opened with this token; `None` if nothing has been sent.
    pub(crate) async fn write_live<T: DeserializeOwned>(
        &self,
        mutation: &Mutation<T>,
        token: &str,
    ) -> Option<Result<T, CallError>> {
        let (live, asking, current) = self.live()?;
        if *current.text != *token {
            return None;
        }
        let write = live.write(asking, current, mutation).await?;
        match (&write.ts, &write.result) {
            (Some(ts), _) => *self.0.written() = Some(ts.clone()),
            (None, Err(CallError::Network { .. })) => self.note_write(),
            (None, _) => {}
        }
        Some(write.result)
    }

    /// Handles an answer of Better Auth to a request for the visitor, with these headers.
    pub(crate) fn note_answer(&self, only_read: bool, headers: &HeaderMap) {
        if let (Some(live), Some(asking)) = (self.0.auth.live(), &self.0.live)
            && live.answered(asking, only_read, headers)
        {
            self.0.wrote.store(true, Ordering::Relaxed);
        }
    }

    /// Returns the cookies that the next page needs, whichever server answers it.
    pub(crate) fn live_cookies(&self) -> impl Iterator<Item = HeaderValue> {
        let live = self.0.auth.live().zip(self.0.live.as_deref());
        let written = self.0.written().clone();
        let read = self.moment_known().map(|moment| moment.ts().to_owned());
        // It is not known here which of two timestamps is newer.
        let wrote = self.0.wrote.load(Ordering::Relaxed) || (written.is_some() && read.is_some());
        let wrote = live.filter(|_| wrote);
        let wrote = wrote.and_then(|(live, _)| live.wrote_cookie());
        let page = live.zip(written.or(read));
        let page = page.and_then(|((live, asking), moment)| live.page_cookie(asking, &moment));
        wrote.into_iter().chain(page)
    }

    /// Ends the visitor's live session.
    pub(crate) fn end_live(&self) {
        if let (Some(live), Some(asking)) = (self.0.auth.live(), &self.0.live) {
            live.end(asking);
        }
    }
}
