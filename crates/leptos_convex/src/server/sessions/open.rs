//! The opening of sessions.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use super::{
    LiveVisitor,
    pool::{Key, MAX_OF_PERSON, Opening, Pool, end_oldest},
    session::Session,
    task,
};
use crate::call::QueryKey;

impl Pool {
    pub(super) fn follow(self: &Arc<Self>, visitor: LiveVisitor<'_>, key: QueryKey) {
        let now = Instant::now();
        if let Some(session) = self.session(visitor, now) {
            session.follow(key, self.options.max_queries, self.options.idle, now);
        }
    }

    /// Returns the visitor's session. Opens one if there is none and a new one is allowed.
    fn session(self: &Arc<Self>, visitor: LiveVisitor<'_>, now: Instant) -> Option<Arc<Session>> {
        let expires = now.checked_add(visitor.ends_in)?;
        let mut sessions = self.sessions();
        if let Some(session) = sessions.get(visitor.session) {
            if *session.token == *visitor.token {
                return Some(Arc::clone(session));
            }
            if expires < session.expires {
                // The request was pending while the token was renewed.
                return None;
            }
        }
        if let Some(former) = sessions.remove(visitor.session) {
            former.end();
        }
        // Only here is a runtime certain to exist.
        let runtime = tokio::runtime::Handle::try_current().ok()?;
        if self.options.max_sessions == 0 || !self.trouble().is_over(now) {
            return None;
        }
        let opening = Opening::begin(self)?;
        let is_own = |session: &Session| *session.person == *visitor.person;
        if sessions.values().filter(|session| is_own(session)).count() >= MAX_OF_PERSON {
            end_oldest(&mut sessions, is_own);
        }
        while sessions.len() >= self.options.max_sessions {
            end_oldest(&mut sessions, |_| true)?;
        }
        let session = Arc::new(Session::new(visitor.person, visitor.token, expires, now));
        let key = Key::from(visitor.session);
        sessions.insert(Arc::clone(&key), Arc::clone(&session));
        self.opened.fetch_add(1, Ordering::Relaxed);
        runtime.spawn(task::run(
            Arc::downgrade(self),
            self.target.clone(),
            self.options.idle,
            key,
            Arc::clone(&session),
            opening,
        ));
        Some(session)
    }
}
