//! One session, shared by its pages and its task: the wanted queries, the known results, and whether they are
//! reliable.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::Notify;

use super::writes::Write;
use crate::{
    call::QueryKey,
    sync::{Frame, Timestamp},
};

/// How long after the question a moment counts as current. Results confirmed earlier are not relied on.
pub(super) const CURRENT: Duration = Duration::from_secs(10);

/// A mutation is given to a connection only if the connection was confirmed within this time.
const FRESH: Duration = Duration::from_secs(6);
/// How many mutations may wait to be sent.
const MAX_WRITES: usize = 32;

/// The time by two clocks: one never goes back, and the other knows when the machine slept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) steady: Instant,
    pub(super) wall: SystemTime,
}

impl Now {
    pub(super) fn read() -> Self {
        Self {
            steady: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    /// Returns whether this time is at most [`CURRENT`] ago by both clocks. Returns false if one of them went back.
    fn is_current(self, now: Self) -> bool {
        self.is_within(CURRENT, now)
    }

    fn is_within(self, most: Duration, now: Self) -> bool {
        let steady = now.steady.checked_duration_since(self.steady);
        let wall = now.wall.duration_since(self.wall);
        steady.is_some_and(|passed| passed <= most) && wall.is_ok_and(|passed| passed <= most)
    }
}

/// The session of one visitor, bound to the one token it was opened with.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) person: Box<str>,
    pub(super) token: Arc<str>,
    /// When the token expires.
    pub(super) expires: Instant,
    state: Mutex<State>,
    /// Wakes the task when there is work to do.
    pub(super) news: Notify,
    /// Wakes waiters when there is a new moment, or when there will be none.
    moved: Notify,
}

#[derive(Debug)]
struct State {
    has_ended: bool,
    /// When a page was last loaded.
    used: Instant,
    /// Every query held, and when a page last used it.
    known: HashMap<QueryKey, Instant>,
    orders: Orders,
    frame: Option<Arc<Frame>>,
    /// When the newest answered question was sent.
    confirmed: Option<Now>,
    /// When something was last written in this session's name.
    wrote: Option<Instant>,
    /// The newest known moment of a write.
    written: Timestamp,
}

/// The messages that the task must send to Convex.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub(super) add: Vec<QueryKey>,
    pub(super) remove: Vec<QueryKey>,
    /// Whether to ask for the current moment in any case.
    pub(super) must_ask: bool,
    /// Whether to ask for it unless an answer is on its way.
    pub(super) may_ask: bool,
    /// The mutations to run.
    pub(super) writes: Vec<Write>,
}

impl Session {
    pub(super) fn new(person: &str, token: &str, expires: Instant, now: Instant) -> Self {
        Self {
            person: person.into(),
            token: token.into(),
            expires,
            state: Mutex::new(State {
                has_ended: false,
                used: now,
                known: HashMap::new(),
                orders: Orders::default(),
                frame: None,
                confirmed: None,
                wrote: None,
                written: Timestamp::default(),
            }),
            news: Notify::new(),
            moved: Notify::new(),
        }
    }

    /// Returns the results that are reliable now, if any, and nothing from before `seen`.
    pub(super) fn moment(&self, seen: Option<Timestamp>, now: Now) -> Option<Arc<Frame>> {
        let mut state = self.state();
        state.used = now.steady;
        let frame = state.frame.clone()?;
        let confirmed = state.confirmed?;
        let holds = !state.has_ended && now.steady < self.expires && confirmed.is_current(now);
        let has_own_writes = state.wrote.is_none_or(|wrote| wrote < confirmed.steady);
        if !holds || !has_own_writes {
            return None;
        }
        let seen = seen.unwrap_or_default().max(state.written);
        if frame.moment() < seen {
            state.orders.may_ask = true;
            self.news.notify_one();
            return None;
        }
        Some(frame)
    }

    /// Adds a query if there is room.
    pub(super) fn follow(&self, key: QueryKey, most: usize, idle: Duration, now: Instant) {
        let mut state = self.state();
        state.used = now;
        if state.has_ended || state.mark_used(&key, now) {
            return;
        }
        if state.known.len() >= most {
            let is_old = |used: &Instant| now.saturating_duration_since(*used) >= idle;
            let old: Vec<_> = state.known.extract_if(|_, used| is_old(used)).collect();
            for (key, _) in old {
                state.orders.add.retain(|added| *added != key);
                state.orders.remove.push(key);
            }
        }
        if state.known.len() >= most {
            return;
        }
        state.known.insert(key.clone(), now);
        state.orders.remove.retain(|removed| *removed != key);
        state.orders.add.push(key);
        self.news.notify_one();
    }

    /// Notes that something was written at `now` or earlier.
    pub(super) fn wrote(&self, now: Instant) {
        let mut state = self.state();
        state.wrote = Some(now);
        state.orders.must_ask = true;
        self.news.notify_one();
    }

    /// Makes the task run a mutation. Returns it when the connection is not reliable.
    pub(super) fn write(&self, write: Write, now: Now) -> Result<(), Write> {
        let mut state = self.state();
        let is_fresh = |confirmed: Now| confirmed.is_within(FRESH, now);
        let is_good = !state.has_ended
            && now.steady < self.expires
            && state.confirmed.is_some_and(is_fresh)
            && state.orders.writes.len() < MAX_WRITES;
        if !is_good {
            return Err(write);
        }
        state.used = now.steady;
        state.orders.writes.push(write);
        self.news.notify_one();
        Ok(())
    }

    /// Notes a write at this moment. The session answers with nothing older from now on.
    pub(super) fn wrote_at(&self, moment: Timestamp) {
        let mut state = self.state();
        state.written = state.written.max(moment);
    }

    /// Waits until the session holds the writes of this moment, or ends.
    pub(super) async fn reaches(&self, moment: Timestamp) {
        loop {
            let mut moved = std::pin::pin!(self.moved.notified());
            moved.as_mut().enable();
            {
                let state = self.state();
                let is_there = |frame: &Arc<Frame>| frame.moment() >= moment;
                if state.has_ended || state.frame.as_ref().is_some_and(is_there) {
                    return;
                }
            }
            moved.await;
        }
    }

    /// Ends the session. It answers nothing from now on.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.has_ended = true;
        state.frame = None;
        state.known = HashMap::new();
        let orders = std::mem::take(&mut state.orders);
        drop(state);
        orders.writes.into_iter().for_each(Write::give_back);
        self.news.notify_one();
        self.moved.notify_waiters();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state().has_ended
    }

    /// Returns the messages to send to Convex; `None` when the session has ended.
    pub(super) fn take_orders(&self) -> Option<Orders> {
        let mut state = self.state();
        (!state.has_ended).then(|| std::mem::take(&mut state.orders))
    }

    /// Publishes the results of a new moment. `confirmed` is when the newest answered question was sent.
    pub(super) fn publish(&self, frame: &Arc<Frame>, confirmed: Option<Now>) {
        let mut state = self.state();
        if !state.has_ended {
            state.frame = Some(Arc::clone(frame));
            state.confirmed = confirmed.or(state.confirmed);
            drop(state);
            self.moved.notify_waiters();
        }
    }

    /// Returns when a page was last loaded.
    pub(super) fn used(&self) -> Instant {
        self.state().used
    }

    /// Returns how many bytes of queries and results the session holds.
    pub(super) fn bytes(&self) -> usize {
        self.state().frame.as_ref().map_or(0, |frame| frame.bytes())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic cannot leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn mark_used(&mut self, key: &QueryKey, now: Instant) -> bool {
        let used = self.known.get_mut(key);
        let is_known = used.is_some();
        if let Some(used) = used {
            *used = now;
        }
        is_known
    }
}
