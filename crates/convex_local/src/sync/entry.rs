//! One result of a query and the span of time in which it is known to be valid.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::answer::Answer;
use crate::store::ReadSet;

/// A result, valid from `valid_from` until a commit touches the data that it read.
pub(crate) struct Entry {
    pub(crate) answer: Arc<Answer>,
    /// The callers that may get it.
    pub(super) asker: Asker,
    clock: Clock,
    /// When it was computed, by this machine's clock.
    made: Instant,
    /// The start of its known validity: the snapshot that it was computed on, or earlier.
    valid_from: AtomicU64,
    pub(super) read_set: ReadSet,
    /// The end of its validity, or `VALID` while it is valid. Set once, under the lock of `watchers`, by
    /// [`Entry::invalidate`].
    invalid_at: AtomicU64,
    /// Lets [`super::live`] drop the least recently used results.
    pub(super) last_used: AtomicU64,
    /// About how many bytes it takes.
    pub(super) weight: usize,
    /// The watchers to notify when it becomes invalid, which empties the map.
    watchers: Mutex<HashMap<u64, Arc<Notify>>>,
}

/// The callers that a result is valid for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    /// The function did not read the identity.
    Anybody,
    /// It did: the result is for callers with this identity (`None`: not signed in).
    Exactly(Option<Arc<str>>),
}

/// The bytes that an entry takes besides its answer and its reads.
const OVERHEAD: usize = 2_000;
/// About how many bytes one of its reads takes. A query may make thousands.
const RANGE: usize = 200;
/// Whether a function read the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// It did, so its result becomes stale.
    Read,
    /// Only a commit can change its result.
    Unread,
}

/// How long new subscribers get a result of a function that read the clock, as on Convex.
const FRESH: Duration = Duration::from_secs(5);

const VALID: u64 = u64::MAX;
/// Marks results that must not be used at any time, because the functions were reloaded.
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
            weight: OVERHEAD + RANGE * read_set.ranges() + answer.weight(),
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

    /// Returns whether it is still valid now.
    pub(super) fn is_current(&self) -> bool {
        self.invalid_at.load(Ordering::Acquire) == VALID
    }

    /// Returns whether it is valid at `ts`, judged by the commits seen so far.
    pub(super) fn holds_at(&self, ts: u64) -> bool {
        self.valid_from() <= ts && ts < self.invalid_at.load(Ordering::Acquire)
    }

    /// Returns whether later subscribers may still get it. A function that has read the clock, for example to check
    /// whether a session has ended, may return something else by now.
    pub(super) fn is_fresh(&self) -> bool {
        self.clock == Clock::Unread || self.made.elapsed() < FRESH
    }

    /// Returns the earliest time at which it is known to be valid.
    pub(super) fn valid_from(&self) -> u64 {
        self.valid_from.load(Ordering::Acquire)
    }

    /// Notes that the data it read did not change between `ts` and the snapshot that it was computed on.
    pub(super) fn extend_back_to(&self, ts: u64) {
        self.valid_from.fetch_min(ts, Ordering::AcqRel);
    }

    /// Ends its validity at `ts` and notifies all watchers.
    pub(super) fn invalidate(&self, ts: u64) {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        self.invalid_at.fetch_min(ts, Ordering::AcqRel);
        for (_, watcher) in watchers.drain() {
            watcher.notify_one();
        }
    }

    /// Returns the number of watchers.
    pub(super) fn watchers(&self) -> usize {
        let watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.len()
    }

    /// Notifies `watcher` once when this entry becomes invalid, immediately if it already is.
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
    use crate::store::{ComponentPath, Store, StoreOptions};

    #[test]
    fn the_reads_of_a_result_count() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path(), StoreOptions::default()).expect("a store");
        let mut tx = store.begin();
        let mut call = |op, args| tx.syscall(&ComponentPath::root(), op, args);
        for number in 0..10 {
            let note = json!({ "table": "notes", "value": { "number": number } });
            let note = call("1.0/insert", note).expect("inserts");
            call("1.0/get", json!({ "id": note["_id"] })).expect("reads");
        }
        let reads = tx.into_read_set();
        let weight = |reads| {
            let answer = Answer::new(Ok(json!(1)), vec![], None);
            Entry::new(answer, Asker::Anybody, 1, reads, Clock::Unread).weight
        };
        let ranges = reads.ranges();
        assert!(ranges > 0);
        assert_eq!(weight(reads), weight(ReadSet::default()) + ranges * RANGE);
    }

    #[test]
    fn only_results_that_read_the_clock_expire() {
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
