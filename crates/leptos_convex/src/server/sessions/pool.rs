//! The pool of sessions. It decides which are kept, which end first, and when none is opened.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::timeout};

use super::{
    LiveSessionCounts, LiveSessionOptions, LiveVisitor,
    session::{Now, Session},
    socket::Target,
    writes::{Outcome, Write},
};
use crate::{
    call::CallError,
    server::{BuildError, HttpClient},
    sync::{Frame, Timestamp},
    value::Value,
};

/// How many sessions may be waiting for their first answer. Beyond that, pages ask over HTTP.
const MAX_OPENING: usize = 32;
/// How many sessions one person may have, so that somebody who makes up cookies displaces nobody else's sessions.
pub(super) const MAX_OF_PERSON: usize = 8;
/// The first pause after a session was lost, during which none is opened. Each further pause is twice as long, up to
/// the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long a finished mutation waits for its session to show the writes. After that pages ask over HTTP.
const VISIBLE: Duration = Duration::from_secs(1);

/// Identifies a session.
pub(super) type Key = Arc<[u8]>;

#[derive(Debug)]
pub(super) struct Pool {
    client: HttpClient,
    pub(super) target: Target,
    pub(super) options: LiveSessionOptions,
    sessions: Mutex<HashMap<Key, Arc<Session>>>,
    trouble: Mutex<Trouble>,
    opening: AtomicUsize,
    bytes: AtomicUsize,
    pub(super) opened: AtomicU64,
    moments: AtomicU64,
    misses: AtomicU64,
    writes: AtomicU64,
}

/// The state of a deployment that does not keep sessions.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    losses: u32,
    until: Option<Instant>,
}

impl Trouble {
    /// Notes that a session was lost. Sessions lost at the same time count once.
    pub(super) fn note(&mut self, now: Instant) {
        if self.is_over(now) {
            let pause = FIRST_PAUSE.saturating_mul(1 << self.losses.min(10));
            self.losses += 1;
            self.until = Some(now + pause.min(LONGEST_PAUSE));
        }
    }

    /// Notes that a session has got its first answer.
    pub(super) const fn forget(&mut self) {
        self.losses = 0;
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }
}

impl Pool {
    pub(super) fn new(client: HttpClient, options: LiveSessionOptions) -> Result<Self, BuildError> {
        let target = Target::of(&client.endpoints.base)?;
        Ok(Self::of(target, client, options))
    }

    pub(super) fn of(target: Target, client: HttpClient, options: LiveSessionOptions) -> Self {
        Self {
            target,
            client,
            options,
            sessions: Mutex::default(),
            trouble: Mutex::default(),
            opening: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            opened: AtomicU64::new(0),
            moments: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            writes: AtomicU64::new(0),
        }
    }

    pub(super) fn moment(&self, visitor: LiveVisitor<'_>) -> Option<(HttpClient, Arc<Frame>)> {
        let frame = self.frame(visitor);
        let count = match frame {
            Some(_) => &self.moments,
            None => &self.misses,
        };
        count.fetch_add(1, Ordering::Relaxed);
        Some((self.client.clone(), frame?))
    }

    fn frame(&self, visitor: LiveVisitor<'_>) -> Option<Arc<Frame>> {
        let mut seen = None;
        for text in visitor.seen {
            seen = seen.max(Some(Timestamp::decode(text)?));
        }
        let session = self.sessions().get(visitor.session).cloned()?;
        if *session.token != *visitor.token {
            return None;
        }
        session.moment(seen, Now::read())
    }

    /// Runs a mutation over the visitor's session; `None` when nothing has been sent.
    pub(super) async fn write(
        &self,
        visitor: LiveVisitor<'_>,
        path: &str,
        args: Arc<Value>,
    ) -> Option<Outcome> {
        let session = self.sessions().get(visitor.session).cloned()?;
        if *session.token != *visitor.token {
            return None;
        }
        let (tell, told) = oneshot::channel();
        let path = path.to_owned();
        let write = Write { path, args, tell };
        session.write(write, Now::read()).ok()?;
        let lost = |message: &str| CallError::Network {
            message: message.to_owned(),
        };
        let outcome = match timeout(self.client.options.timeout, told).await {
            Ok(Ok(told)) => told?,
            Ok(Err(_closed)) => Err(lost("the connection broke")),
            Err(_late) => Err(lost("no answer in time")),
        };
        self.writes.fetch_add(1, Ordering::Relaxed);
        match &outcome {
            Ok((_, moment)) => {
                session.wrote_at(*moment);
                // Another session may have replaced it.
                if let Some(session) = self.sessions().get(visitor.session) {
                    session.wrote_at(*moment);
                }
                drop(timeout(VISIBLE, session.reaches(*moment)).await);
            }
            Err(CallError::Network { .. }) => self.wrote(visitor.session),
            Err(_nothing_written) => {}
        }
        Some(outcome)
    }

    pub(super) fn wrote(&self, session: &[u8]) {
        if let Some(session) = self.sessions().get(session) {
            session.wrote(Instant::now());
        }
    }

    pub(super) fn end(&self, session: &[u8]) {
        if let Some(session) = self.sessions().remove(session) {
            session.end();
        }
    }

    /// Removes a session, unless another has replaced it.
    pub(super) fn forget(&self, key: &Key, session: &Arc<Session>) {
        let mut sessions = self.sessions();
        if sessions
            .get(key)
            .is_some_and(|known| Arc::ptr_eq(known, session))
        {
            sessions.remove(key);
        }
    }

    /// Returns whether the session is still the current one of its name.
    pub(super) fn holds(&self, key: &Key, session: &Session) -> bool {
        let sessions = self.sessions();
        let known = sessions.get(key);
        known.is_some_and(|known| std::ptr::eq(Arc::as_ptr(known), session))
    }

    /// Notes that a session holds `now` bytes and held `before`. If the total is too large, other sessions end.
    pub(super) fn weigh(&self, before: usize, now: usize) {
        let others = self.bytes.fetch_sub(before, Ordering::Relaxed) - before;
        self.bytes.fetch_add(now, Ordering::Relaxed);
        let mut excess = (others + now).saturating_sub(self.options.max_bytes);
        if now <= before || excess == 0 {
            return;
        }
        let mut sessions = self.sessions();
        while excess > 0 {
            let Some(freed) = end_oldest(&mut sessions, |session| session.bytes() > 0) else {
                return;
            };
            excess = excess.saturating_sub(freed);
        }
    }

    pub(super) fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn counts(&self) -> LiveSessionCounts {
        LiveSessionCounts {
            sessions: self.sessions().len(),
            bytes: self.bytes.load(Ordering::Relaxed),
            opened: self.opened.load(Ordering::Relaxed),
            moments: self.moments.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
        }
    }

    pub(super) fn sessions(&self) -> MutexGuard<'_, HashMap<Key, Arc<Session>>> {
        // A panic cannot leave the state half changed.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the session that has been unused for longest among those in question. Returns how many bytes it held.
pub(super) fn end_oldest(
    sessions: &mut HashMap<Key, Arc<Session>>,
    is_in_question: impl Fn(&Session) -> bool,
) -> Option<usize> {
    let in_question = sessions
        .iter()
        .filter(|(_, session)| is_in_question(session));
    let (key, _) = in_question.min_by_key(|(_, session)| session.used())?;
    let key = Arc::clone(key);
    let session = sessions.remove(&key)?;
    let bytes = session.bytes();
    session.end();
    Some(bytes)
}

impl Drop for Pool {
    fn drop(&mut self) {
        for session in self.sessions().values() {
            session.end();
        }
    }
}

/// A session that waits for its first answer.
#[derive(Debug)]
pub(super) struct Opening(std::sync::Weak<Pool>);

impl Opening {
    /// Registers one; `None` when there are too many already.
    pub(super) fn begin(pool: &Arc<Pool>) -> Option<Self> {
        let more = |opening| (opening < MAX_OPENING).then_some(opening + 1);
        let begun = pool
            .opening
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        begun.is_ok().then(|| Self(Arc::downgrade(pool)))
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            pool.opening.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
