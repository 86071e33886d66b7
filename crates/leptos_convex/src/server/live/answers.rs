//! The known results of live queries, without any I/O.

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

/// What asking for a query gives.
#[derive(Debug, PartialEq)]
pub(super) enum Lookup {
    /// Its result.
    Known(Answer),
    /// No result to be had here at the moment.
    Unknown,
    /// The same, and it is to be subscribed to.
    Wanted,
}

/// The queries held, and their results while the connection stands.
#[derive(Debug)]
pub(super) struct Answers {
    options: LiveOptions,
    held: HashMap<QueryKey, Held>,
    /// Until when results may be older than what this process has written.
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

    /// Asks for a query at `now`. A new one is held from here on, unless there are too many.
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

    /// Keeps a result that has come.
    pub(super) fn set(&mut self, key: &QueryKey, answer: Result<Value, CallError>) {
        if let Some(held) = self.held.get_mut(key) {
            held.answer = Some(Arc::new(answer));
        }
    }

    /// Forgets all results: the connection is gone, and none can be relied on until it comes again.
    pub(super) fn forget_results(&mut self) {
        for held in self.held.values_mut() {
            held.answer = None;
        }
    }

    /// Gives up a query; asking for it again makes it wanted again.
    pub(super) fn give_up(&mut self, key: &QueryKey) {
        self.held.remove(key);
    }

    /// Gives up what nobody asked for during `idle` before `now`, and names it.
    pub(super) fn give_up_idle(&mut self, idle: Duration, now: Instant) -> Vec<QueryKey> {
        let old = |held: &Held| now.saturating_duration_since(held.used) >= idle;
        self.held
            .extract_if(|_, held| old(held))
            .map(|(key, _)| key)
            .collect()
    }
}
