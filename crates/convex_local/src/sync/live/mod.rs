//! The results of queries, shared by all clients with the same query and kept until a commit can have
//! changed them.
//!
//! A result belongs to function, arguments and journal, and to the caller only if the function read the identity. If
//! many clients ask at once, the function runs once. Every commit is compared with the reads of the results, in
//! commit order; [`LiveQueries::caught_up`] waits for that.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tokio::sync::{broadcast, watch};

use super::answer::Answer;
use super::entry::{Asker, Clock, Entry, NEVER_VALID};
use super::spec::{CallKey, CallSpec, Key};
use super::tracked::Tracked;
use crate::calls::{CallLog, Kind};
use crate::functions::{FunctionCall, Functions, QueryOutcome};
use crate::store::{Commit, Store, Timestamp};
use crate::system_functions;
use crate::task::to_the_end;

/// The commits that are remembered, so that a result computed a moment ago can be brought up to date.
const RECENT_COMMITS: usize = 512;
/// The most bytes of results without a subscriber.
const IDLE_WEIGHT: usize = 64 << 20;
/// For how many calls it is remembered whether they read the identity.
const CALLS: usize = 10_000;

/// How long an answer is kept if it failed because of the backend.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// A run that several callers may wait for.
type Flight = Shared<BoxFuture<'static, Arc<Entry>>>;
/// A key, and the time of the data that the call runs on; `None` for the newest.
type FlightKey = (Key, Option<u64>);

/// The shared results of one backend. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LiveQueries {
    inner: Arc<Inner>,
}

struct Inner {
    functions: Functions,
    store: Store,
    /// Records runs of queries, but not answers from memory.
    calls: Arc<CallLog>,
    state: Mutex<State>,
    /// Every commit up to here has been compared with the results.
    processed: watch::Sender<u64>,
    /// Counts uses, for [`Entry::last_used`].
    uses: AtomicU64,
}

#[derive(Default)]
struct State {
    /// The newest result for each key; all of them are current.
    results: HashMap<Key, Arc<Entry>>,
    /// All results that are in use, which are compared with commits.
    tracked: Tracked,
    /// The size of the results in `results`, in bytes.
    weight: usize,
    /// The weight from which idle results are looked for.
    weigh_at: usize,
    /// Whether the last run of a call read the identity: a guess for the next run.
    uses_identity: HashMap<Arc<CallKey>, bool>,
    /// Running calls; each removes itself when it ends ([`Landing`]).
    flights: HashMap<FlightKey, Flight>,
    recent: VecDeque<Arc<Commit>>,
    /// All commits after this time are in `recent`.
    recent_floor: u64,
    /// Counts reloads, so that the result of an earlier run is not kept after one.
    generation: u64,
}

/// The number of subscriptions to one function.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Subscriptions {
    /// Different calls: they differ in the arguments or the caller.
    pub(crate) queries: usize,
    /// Subscriptions of clients to these calls.
    pub(crate) subscribers: usize,
}

impl fmt::Debug for LiveQueries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveQueries").finish_non_exhaustive()
    }
}

impl LiveQueries {
    /// Starts following the commits of `store` and the reloads of `functions`; both end with the
    /// last clone.
    pub(crate) fn start(functions: Functions, store: Store, calls: Arc<CallLog>) -> Self {
        // Subscribe before reading the newest timestamp, so that no commit is missed.
        let commits = store.commits();
        let latest = u64::from(store.latest());
        let reloads = functions.generation();
        let inner = Arc::new(Inner {
            functions,
            store,
            calls,
            state: Mutex::new(State {
                recent_floor: latest,
                ..State::default()
            }),
            processed: watch::Sender::new(latest),
            uses: AtomicU64::new(0),
        });
        tokio::spawn(follow_commits(Arc::downgrade(&inner), commits));
        tokio::spawn(follow_reloads(Arc::downgrade(&inner), reloads));
        Self { inner }
    }

    /// Returns the newest timestamp of the data.
    pub(crate) fn latest(&self) -> u64 {
        self.inner.store.latest().into()
    }

    /// Returns how many results are kept, and how many of them have a subscriber.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.inner.state();
        let held = state
            .results
            .values()
            .filter(|entry| Arc::strong_count(entry) > 1);
        (state.results.len(), held.count())
    }

    /// Returns the current subscriptions by function.
    pub(crate) fn subscriptions(&self) -> BTreeMap<String, Subscriptions> {
        let mut by_function: BTreeMap<String, Subscriptions> = BTreeMap::new();
        for (key, entry) in &self.inner.state().results {
            let subscribers = entry.watchers();
            if subscribers > 0 {
                let of_it = by_function.entry(key.call.path().to_owned()).or_default();
                of_it.queries += 1;
                of_it.subscribers += subscribers;
            }
        }
        by_function
    }

    /// Waits until all commits up to `ts` have been compared with the results.
    pub(crate) async fn caught_up(&self, ts: u64) {
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = self
            .inner
            .processed
            .subscribe()
            .wait_for(|processed| *processed >= ts)
            .await;
    }

    /// Returns the result of `spec` at `ts` or later: a kept one, or the result of a new run. A commit may have changed
    /// the data since. All commits up to `ts` must have been seen ([`Self::caught_up`]).
    pub(crate) async fn answer(&self, spec: &CallSpec, ts: u64) -> Arc<Entry> {
        self.result(spec, ts, None).await
    }

    /// Returns the same, but a new run is on the data of `ts`, if the store still has them.
    pub(super) async fn answer_at(&self, spec: &CallSpec, ts: u64) -> Arc<Entry> {
        self.result(spec, ts, Some(ts)).await
    }

    async fn result(&self, spec: &CallSpec, ts: u64, at: Option<u64>) -> Arc<Entry> {
        loop {
            let flight = {
                let mut state = self.inner.state();
                if let Some(entry) = state.find(spec, ts) {
                    entry
                        .last_used
                        .store(self.inner.next_use(), Ordering::Relaxed);
                    return entry;
                }
                self.join_or_start(&mut state, spec, at)
            };
            let entry = flight.await;
            // It need not be current: if the data change all the time, no result is when its run ends.
            let recent_enough = entry.holds_at(ts.max(entry.valid_from()));
            if recent_enough && spec.may_use(&entry.asker) {
                return entry;
            }
        }
    }

    /// Returns the kept result of `spec` that is valid at `ts`, if there is one.
    pub(crate) fn kept(&self, spec: &CallSpec, ts: u64) -> Option<Arc<Entry>> {
        self.inner
            .state()
            .find(spec, ts)
            .filter(|entry| entry.holds_at(ts))
    }

    fn join_or_start(&self, state: &mut State, spec: &CallSpec, at: Option<u64>) -> Flight {
        let uses_identity = state
            .uses_identity
            .get(spec.call_key())
            .copied()
            .unwrap_or(true);
        let key = (spec.key(uses_identity), at);
        if let Some(flight) = state.flights.get(&key) {
            return flight.clone();
        }
        let run = self
            .inner
            .clone()
            .run(spec.clone(), key.clone(), state.generation);
        // The first caller may go away while others still wait.
        let flight = to_the_end(run).boxed().shared();
        state.flights.insert(key, flight.clone());
        flight
    }
}

async fn follow_commits(inner: Weak<Inner>, mut commits: broadcast::Receiver<Arc<Commit>>) {
    loop {
        let commit = commits.recv().await;
        let Some(inner) = inner.upgrade() else { return };
        match commit {
            Ok(commit) => inner.apply(commit),
            Err(broadcast::error::RecvError::Lagged(_)) => inner.forget_all(),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// Forgets an answer that failed because of the backend, not the function. Sessions with it ask again.
async fn forget_later(inner: Weak<Inner>, key: Key, entry: Arc<Entry>) {
    tokio::time::sleep(ASK_AGAIN).await;
    if let Some(inner) = inner.upgrade() {
        inner.state().take_out(&key, &entry);
    }
    entry.invalidate(NEVER_VALID);
}

async fn follow_reloads(inner: Weak<Inner>, mut reloads: watch::Receiver<u64>) {
    while reloads.changed().await.is_ok() {
        let Some(inner) = inner.upgrade() else { return };
        inner.forget_all();
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_use(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }

    async fn run(
        self: Arc<Self>,
        spec: CallSpec,
        flight: FlightKey,
        generation: u64,
    ) -> Arc<Entry> {
        let at = flight.1;
        let _landing = Landing {
            inner: &self,
            flight,
            generation,
        };
        let started = Instant::now();
        let call = spec.to_call();
        let outcome = match spec.is_system() {
            true => system_functions::answer(&self.store, &self.functions, &call),
            false => self.query(call, at).await,
        };
        if !spec.is_system() {
            let error = outcome.result.as_ref().err().map(ToString::to_string);
            self.calls
                .record(Kind::Query, spec.path(), started, error, &outcome.logs);
        }
        let interrupted = matches!(&outcome.result, Err(error) if error.interrupted);
        let answer = Answer::new(outcome.result, outcome.logs, outcome.journal);
        let key = spec.key(outcome.used_identity);
        let ts = u64::from(outcome.ts);
        let clock = match outcome.used_clock {
            true => Clock::Read,
            false => Clock::Unread,
        };
        let entry = Entry::new(answer, key.asker.clone(), ts, outcome.read_set, clock);
        let entry = Arc::new(entry);
        entry.last_used.store(self.next_use(), Ordering::Relaxed);
        // A system query that has read no table may change at any time.
        if !spec.is_system() || !entry.read_set.is_empty() {
            self.state().keep(key.clone(), &entry, generation);
        }
        if interrupted {
            tokio::spawn(forget_later(Arc::downgrade(&self), key, Arc::clone(&entry)));
        }
        entry
    }

    /// Runs a query on the data of the time `at` if the store still has them, else on the newest.
    async fn query(&self, call: FunctionCall, at: Option<u64>) -> QueryOutcome {
        if let Some(ts) = at
            && let Some(outcome) = self.functions.query_at(call.clone(), Timestamp(ts)).await
        {
            return outcome;
        }
        self.functions.query(call).await
    }

    /// Ends the results that `commit` touches.
    fn apply(&self, commit: Arc<Commit>) {
        let ts = u64::from(commit.ts);
        let mut state = self.state();
        let mut tracked = std::mem::take(&mut state.tracked);
        tracked.end_touched(ts, &commit, |key, entry| state.take_out(key, entry));
        state.tracked = tracked;
        state.remember(commit);
        drop(state);
        self.processed.send_if_modified(|processed| {
            let newer = ts > *processed;
            *processed = ts.max(*processed);
            newer
        });
    }

    /// Ends all results, because the functions changed or commits were missed.
    fn forget_all(&self) {
        let latest = u64::from(self.store.latest());
        let mut state = self.state();
        state.generation += 1;
        for entry in state.tracked.drain() {
            entry.invalidate(NEVER_VALID);
        }
        state.results.clear();
        state.weight = 0;
        state.weigh_at = 0;
        state.uses_identity.clear();
        // New callers must not join runs of the old functions.
        state.flights.clear();
        state.recent.clear();
        state.recent_floor = latest;
        drop(state);
        self.processed.send_if_modified(|processed| {
            *processed = latest.max(*processed);
            true
        });
    }
}

impl State {
    /// Returns a fresh enough result that is valid at `ts` or newer.
    fn find(&self, spec: &CallSpec, ts: u64) -> Option<Arc<Entry>> {
        let kept = |uses_identity| self.results.get(&spec.key(uses_identity));
        let entry = kept(true)
            .or_else(|| kept(false))
            .filter(|entry| entry.is_fresh())?;
        if entry.valid_from() > ts && self.unchanged_since(ts, entry) {
            entry.extend_back_to(ts);
        }
        Some(entry.clone())
    }

    /// Returns whether no remembered commit after `ts` changed the data that `entry` read.
    fn unchanged_since(&self, ts: u64, entry: &Entry) -> bool {
        let last = self.recent.back();
        let seen = last.map_or(self.recent_floor, |commit| commit.ts.into());
        // A run may be on data whose commits were not seen here yet.
        let are_known = self.recent_floor <= ts && entry.valid_from() <= seen;
        are_known && self.first_change(ts, entry).is_none()
    }

    fn first_change(&self, after: u64, entry: &Entry) -> Option<u64> {
        let later = self
            .recent
            .iter()
            .skip_while(|commit| u64::from(commit.ts) <= after);
        later
            .into_iter()
            .find(|c| entry.read_set.invalidated_by(c))
            .map(|c| c.ts.into())
    }

    /// Adds a fresh result, unless it is already outdated.
    fn keep(&mut self, key: Key, entry: &Arc<Entry>, generation: u64) {
        let computed_at = entry.valid_from();
        if generation != self.generation {
            entry.invalidate(NEVER_VALID);
        } else if computed_at < self.recent_floor {
            // The commits right after it are no longer known.
            entry.invalidate(computed_at + 1);
        } else if let Some(changed) = self.first_change(computed_at, entry) {
            entry.invalidate(changed);
        }
        if !entry.is_current() {
            return;
        }
        self.tracked.add(&key, entry);
        self.uses_identity
            .insert(key.call.clone(), key.asker != Asker::Anybody);
        self.weight += entry.weight;
        if let Some(former) = self.results.insert(key, entry.clone()) {
            self.weight -= former.weight;
        }
        self.throw_out_idle();
    }

    /// Removes a result, unless another one is in its place.
    fn take_out(&mut self, key: &Key, entry: &Arc<Entry>) {
        if self
            .results
            .get(key)
            .is_some_and(|kept| Arc::ptr_eq(kept, entry))
        {
            self.results.remove(key);
            self.weight -= entry.weight;
            self.weigh_at = self.weigh_at.min(self.weight + IDLE_WEIGHT / 2);
        }
    }

    /// Bounds the results without a subscriber.
    fn throw_out_idle(&mut self) {
        if self.uses_identity.len() > CALLS {
            self.uses_identity.clear();
        }
        if self.weight <= self.weigh_at.max(IDLE_WEIGHT) {
            return;
        }
        let idle = self.results.iter();
        let idle = idle.filter(|(_, entry)| Arc::strong_count(entry) == 1);
        let mut idle: Vec<_> = idle
            .map(|(key, entry)| {
                let used = entry.last_used.load(Ordering::Relaxed);
                (used, entry.weight, key.clone())
            })
            .collect();
        idle.sort_unstable_by_key(|(used, ..)| *used);
        let mut left: usize = idle.iter().map(|(_, weight, _)| weight).sum();
        for (_, weight, key) in idle {
            if left <= IDLE_WEIGHT / 2 {
                break;
            }
            left -= weight;
            self.weight -= weight;
            self.results.remove(&key);
        }
        // Results with a subscriber stay, so the weight may stay high. They are not looked through each time.
        self.weigh_at = self.weight + IDLE_WEIGHT / 2;
    }

    fn remember(&mut self, commit: Arc<Commit>) {
        self.recent.push_back(commit);
        if self.recent.len() > RECENT_COMMITS
            && let Some(forgotten) = self.recent.pop_front()
        {
            self.recent_floor = forgotten.ts.into();
        }
    }
}

/// Removes a flight from the table when its run ends in any way.
struct Landing<'a> {
    inner: &'a Inner,
    flight: FlightKey,
    generation: u64,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let mut state = self.inner.state();
        // After a reload, the flight with this key is a run of the new functions.
        if state.generation == self.generation {
            state.flights.remove(&self.flight);
        }
    }
}

#[cfg(test)]
mod tests;
