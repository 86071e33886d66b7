//! One session, as its pages and its task share it: what is wanted, what is known, whether that can be relied on.

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

/// How long after it was asked for a moment counts as now. What was confirmed before is not relied on.
pub(super) const CURRENT: Duration = Duration::from_secs(10);

/// A mutation is entrusted to a connection only if it was confirmed in the last so many seconds.
const FRESH: Duration = Duration::from_secs(6);
/// How many mutations may wait to be sent.
const MAX_WRITES: usize = 32;

/// The time by both clocks: one never goes back, the other knows when the machine slept.
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

    /// Returns whether it is at most [`CURRENT`] ago, by both clocks. Not when one of them went back.
    fn is_current(self, now: Self) -> bool {
        self.is_within(CURRENT, now)
    }

    fn is_within(self, most: Duration, now: Self) -> bool {
        let steady = now.steady.checked_duration_since(self.steady);
        let wall = now.wall.duration_since(self.wall);
        steady.is_some_and(|passed| passed <= most) && wall.is_ok_and(|passed| passed <= most)
    }
}

/// The session of one visitor, with the one token it was opened with.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) person: Box<str>,
    pub(super) token: Arc<str>,
    /// When the token ends.
    pub(super) expires: Instant,
    state: Mutex<State>,
    /// Tells the task that there is something to do.
    pub(super) news: Notify,
    /// Tells who waits that there is a new moment, or none will be.
    moved: Notify,
}

#[derive(Debug)]
struct State {
    has_ended: bool,
    /// When somebody last loaded a page.
    used: Instant,
    /// Every query held, and when it was last asked for.
    known: HashMap<QueryKey, Instant>,
    orders: Orders,
    frame: Option<Arc<Frame>>,
    /// When the newest question that has been answered was asked.
    confirmed: Option<Now>,
    /// When something was last written in this session's name.
    wrote: Option<Instant>,
    /// The moment of the newest write that is known to have one.
    written: Timestamp,
}

/// What the task is to tell Convex.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub(super) add: Vec<QueryKey>,
    pub(super) remove: Vec<QueryKey>,
    /// To ask what moment it is, in any case.
    pub(super) must_ask: bool,
    /// The same, unless the answer to such a question is on its way.
    pub(super) may_ask: bool,
    /// To run these.
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

    /// Returns the results that can be relied on now, if any; nothing from before `seen`.
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

    /// Holds a query from now on, if there is room.
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

    /// Notes that something was written at `now`, or before.
    pub(super) fn wrote(&self, now: Instant) {
        let mut state = self.state();
        state.wrote = Some(now);
        state.orders.must_ask = true;
        self.news.notify_one();
    }

    /// Makes the task run a mutation. Gives it back when the connection cannot be relied on.
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

    /// Notes that something was written at this moment: nothing older is answered from now on.
    pub(super) fn wrote_at(&self, moment: Timestamp) {
        let mut state = self.state();
        state.written = state.written.max(moment);
    }

    /// Waits until the session holds what was written at this moment, or ends.
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

    /// Ends the session: from now on nothing is answered.
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

    /// Returns what there is to tell Convex; `None` when the session has ended.
    pub(super) fn take_orders(&self) -> Option<Orders> {
        let mut state = self.state();
        (!state.has_ended).then(|| std::mem::take(&mut state.orders))
    }

    /// Publishes the results of a new moment; `confirmed` is when the newest answered question was asked.
    pub(super) fn publish(&self, frame: &Arc<Frame>, confirmed: Option<Now>) {
        let mut state = self.state();
        if !state.has_ended {
            state.frame = Some(Arc::clone(frame));
            state.confirmed = confirmed.or(state.confirmed);
            drop(state);
            self.moved.notify_waiters();
        }
    }

    /// Returns when somebody last loaded a page.
    pub(super) fn used(&self) -> Instant {
        self.state().used
    }

    /// Returns how many bytes of queries and results it holds.
    pub(super) fn bytes(&self) -> usize {
        self.state().frame.as_ref().map_or(0, |frame| frame.bytes())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here can be left half done by a panic.
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
