//! What pages and the task of one session share: what is wanted, what is known, whether that can be relied on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::Notify;

use crate::{
    call::QueryKey,
    sync::{Frame, Timestamp},
};

/// How long after it was asked for a moment counts as now. What was confirmed before is not relied on.
pub(super) const CURRENT: Duration = Duration::from_secs(10);

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

    /// Whether it is at most [`CURRENT`] ago, by both clocks. Not when one of them went back.
    fn is_current(self, now: Self) -> bool {
        let steady = now.steady.checked_duration_since(self.steady);
        let wall = now.wall.duration_since(self.wall);
        steady.is_some_and(|passed| passed <= CURRENT) && wall.is_ok_and(|passed| passed <= CURRENT)
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
            }),
            news: Notify::new(),
        }
    }

    /// The results that can be relied on now, if any; nothing from before `seen`.
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
        if seen.is_some_and(|seen| frame.moment() < seen) {
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

    /// Something was written at `now`, or before.
    pub(super) fn wrote(&self, now: Instant) {
        let mut state = self.state();
        state.wrote = Some(now);
        state.orders.must_ask = true;
        self.news.notify_one();
    }

    /// From now on nothing is answered.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.has_ended = true;
        state.frame = None;
        state.known = HashMap::new();
        state.orders = Orders::default();
        self.news.notify_one();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state().has_ended
    }

    /// What there is to tell Convex; `None` when the session has ended.
    pub(super) fn take_orders(&self) -> Option<Orders> {
        let mut state = self.state();
        (!state.has_ended).then(|| std::mem::take(&mut state.orders))
    }

    /// There are results of a new moment; `confirmed` is when the newest answered question was asked.
    pub(super) fn publish(&self, frame: &Arc<Frame>, confirmed: Option<Now>) {
        let mut state = self.state();
        if !state.has_ended {
            state.frame = Some(Arc::clone(frame));
            state.confirmed = confirmed.or(state.confirmed);
        }
    }

    /// When somebody last loaded a page.
    pub(super) fn used(&self) -> Instant {
        self.state().used
    }

    /// How many bytes of queries and results it holds.
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
