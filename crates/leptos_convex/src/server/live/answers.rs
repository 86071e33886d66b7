//! The known results of live queries, without I/O.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::LiveOptions;
use crate::{
    call::{CallError, QueryKey},
    value::Value,
};

/// A query's newest result.
pub(crate) type Answer = Arc<Result<Value, CallError>>;

/// The answer to a look-up of a query.
#[derive(Debug, PartialEq)]
pub(super) enum Lookup {
    /// The query's result.
    Known(Answer),
    /// There is no result at the moment.
    Unknown,
    /// There is no result, and the query must be subscribed to.
    Wanted,
}

/// The live queries, and their results while the connection stands.
#[derive(Debug)]
pub(super) struct Answers {
    options: LiveOptions,
    held: HashMap<QueryKey, Held>,
    /// Until this time, results may be older than this process's own writes.
    settling: Option<Instant>,
}

#[derive(Debug)]
struct Held {
    used: Instant,
    answer: Option<Answer>,
}

impl Answers {
    pub(super) fn new(options: LiveOptions) -> Self {
        Self {
            options,
            held: HashMap::new(),
            settling: None,
        }
    }

    /// Looks up a query at `now`. A new query becomes live from here on, unless there are too many.
    pub(super) fn look_up(&mut self, key: &QueryKey, now: Instant) -> Lookup {
        let settling = self.settling.is_some_and(|until| now < until);
        if let Some(held) = self.held.get_mut(key) {
            held.used = now;
            return match &held.answer {
                Some(answer) if !settling => Lookup::Known(Arc::clone(answer)),
                _ => Lookup::Unknown,
            };
        }
        if self.held.len() >= self.options.max_queries {
            return Lookup::Unknown;
        }
        let held = Held {
            used: now,
            answer: None,
        };
        self.held.insert(key.clone(), held);
        Lookup::Wanted
    }

    /// Notes that a mutation or action of this process has ended at `now`.
    pub(super) fn wrote(&mut self, now: Instant) {
        self.settling = Some(now + self.options.settle);
    }

    /// Stores a result that has arrived.
    pub(super) fn set(&mut self, key: &QueryKey, answer: Result<Value, CallError>) {
        if let Some(held) = self.held.get_mut(key) {
            held.answer = Some(Arc::new(answer));
        }
    }

    /// Drops all results, because the connection is lost. None is valid until it is back.
    pub(super) fn forget_results(&mut self) {
        for held in self.held.values_mut() {
            held.answer = None;
        }
    }

    /// Drops a query. The next look-up makes it live again.
    pub(super) fn give_up(&mut self, key: &QueryKey) {
        self.held.remove(key);
    }

    /// Drops the queries that were not looked up during `idle` before `now`, and returns them.
    pub(super) fn give_up_idle(&mut self, idle: Duration, now: Instant) -> Vec<QueryKey> {
        let old = |held: &Held| now.saturating_duration_since(held.used) >= idle;
        self.held
            .extract_if(|_, held| old(held))
            .map(|(key, _)| key)
            .collect()
    }
}
