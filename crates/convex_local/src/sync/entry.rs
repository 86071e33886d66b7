//! One result of a query and the span of time it is known to hold for.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::answer::Answer;
use crate::store::ReadSet;

/// A result, true from `valid_from` until a commit touches what it read.
pub(crate) struct Entry {
    pub(crate) answer: Arc<Answer>,
    /// Whom it is for.
    pub(super) asker: Asker,
    clock: Clock,
    /// When it was computed, by this machine's clock.
    made: Instant,
    /// From when on it is known to be true: the snapshot it was computed on, or earlier.
    valid_from: AtomicU64,
    pub(super) read_set: ReadSet,
    /// When it stopped being true: `VALID` until then. Set once, under the lock of `watchers`, by
    /// [`Entry::invalidate`].
    invalid_at: AtomicU64,
    /// For [`super::live`] to throw out what was not asked for longest.
    pub(super) last_used: AtomicU64,
    /// How many bytes it takes, about.
    pub(super) weight: usize,
    /// Who wants to hear when it stops being true. Emptied by that.
    watchers: Mutex<HashMap<u64, Arc<Notify>>>,
}

/// Whose result it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    /// The function did not look at who called.
    Anybody,
    /// It did: for callers with this identity (`None`: nobody signed in).
    Exactly(Option<Arc<str>>),
}

/// What an entry takes beside its answer, in bytes: mostly what was read.
const OVERHEAD: usize = 2_000;
/// Whether a function looked at the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// It did, so that its result grows old.
    Read,
    /// Only a commit makes another result of it.
    Unread,
}

/// How long a result of a function that looked at the clock is given to new askers, as on Convex.
const FRESH: Duration = Duration::from_secs(5);

const VALID: u64 = u64::MAX;
/// For results that are no longer to be used at any time: the functions were reloaded.
pub(super) const NEVER_VALID: u64 = 0;

impl Entry {
    pub(super) fn new(
        answer: Arc<Answer>,
        asker: Asker,
        ts: u64,
        read_set: ReadSet,
        clock: Clock,
    ) -> Self {
        Self {
            weight: OVERHEAD + answer.weight(),
            answer,
            asker,
            clock,
            made: Instant::now(),
            valid_from: AtomicU64::new(ts),
            read_set,
            invalid_at: AtomicU64::new(VALID),
            last_used: AtomicU64::new(0),
            watchers: Mutex::default(),
        }
    }

    /// Returns whether it still is the newest truth.
    pub(super) fn is_current(&self) -> bool {
        self.invalid_at.load(Ordering::Acquire) == VALID
    }

    /// Returns whether it is what the query answers at `ts`, judged by the commits seen so far.
    pub(super) fn holds_at(&self, ts: u64) -> bool {
        self.valid_from() <= ts && ts < self.invalid_at.load(Ordering::Acquire)
    }

    /// Returns whether somebody who asks later may still get it: a function that has looked at the clock, for
    /// example at a session's end, may answer something else by now.
    pub(super) fn is_fresh(&self) -> bool {
        self.clock == Clock::Unread || self.made.elapsed() < FRESH
    }

    /// Returns the earliest time it is known to hold at.
    pub(super) fn valid_from(&self) -> u64 {
        self.valid_from.load(Ordering::Acquire)
    }

    /// Notes that nothing it read changed between `ts` and the snapshot it was computed on.
    pub(super) fn extend_back_to(&self, ts: u64) {
        self.valid_from.fetch_min(ts, Ordering::AcqRel);
    }

    /// Ends its validity at `ts` and wakes everybody who watches.
    pub(super) fn invalidate(&self, ts: u64) {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        self.invalid_at.fetch_min(ts, Ordering::AcqRel);
        for (_, watcher) in watchers.drain() {
            watcher.notify_one();
        }
    }

    /// Returns how many watch it.
    pub(super) fn watchers(&self) -> usize {
        let watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.len()
    }

    /// Tells `watcher` once when this entry stops being true; at once if it already has.
    pub(super) fn watch(self: &Arc<Self>, watcher: &Arc<Notify>) -> Watch {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_current() {
            watchers.insert(number, watcher.clone());
        } else {
            watcher.notify_one();
        }
        Watch {
            entry: self.clone(),
            number,
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("valid_from", &self.valid_from)
            .field("invalid_at", &self.invalid_at)
            .finish_non_exhaustive()
    }
}

/// Keeps an entry and a place among its watchers, until dropped.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) entry: Arc<Entry>,
    number: u64,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watchers = self
            .entry
            .watchers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        watchers.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_looked_at_the_clock_grows_old() {
        let fresh = |clock, age| {
            let answer = Answer::new(Ok(json!(1)), vec![], None);
            let mut entry = Entry::new(answer, Asker::Anybody, 1, ReadSet::default(), clock);
            entry.made = Instant::now().checked_sub(age).expect("an instant");
            entry.is_fresh()
        };
        let (now, later) = (Duration::ZERO, FRESH + Duration::from_secs(1));
        assert!(fresh(Clock::Read, now));
        assert!(!fresh(Clock::Read, later));
        assert!(fresh(Clock::Unread, later));
    }
}
