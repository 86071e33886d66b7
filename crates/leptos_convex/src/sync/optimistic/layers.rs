//! The updates of mutations that are not yet visible, layered in order.

use super::{OptimisticStore, OptimisticUpdate, Results};
use crate::{
    call::QueryKey,
    sync::{QueryResult, RequestId},
};

/// The updates, in the order of the calls.
#[derive(Default)]
pub(in crate::sync) struct Layers(Vec<Layer>);

struct Layer {
    id: RequestId,
    update: OptimisticUpdate,
    /// The update's results. An update depends only on what it reads, so it runs again only when that has changed:
    /// the cost of a push depends only on the queries it changes.
    run: Option<Run>,
}

/// The results of the queries that an update touched, before and after it.
struct Run {
    before: Vec<(QueryKey, Option<QueryResult>)>,
    after: Vec<Option<QueryResult>>,
}

impl Layers {
    pub(in crate::sync) fn push(&mut self, id: RequestId, update: OptimisticUpdate) {
        let run = None;
        self.0.push(Layer { id, update, run });
    }

    /// Returns whether there was such an update.
    pub(in crate::sync) fn remove(&mut self, id: RequestId) -> bool {
        let before = self.0.len();
        self.0.retain(|layer| layer.id != id);
        self.0.len() < before
    }

    /// Drops all updates, because they belong to another person.
    pub(in crate::sync) fn clear(&mut self) {
        self.0.clear();
    }

    pub(in crate::sync) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Drops the cached results of updates. The set of queries on the page has changed, so an update may now find a
    /// query that was missing before.
    pub(in crate::sync) fn forget_runs(&mut self) {
        for layer in &mut self.0 {
            layer.run = None;
        }
    }

    /// Applies all updates on top of the server's `results`.
    pub(in crate::sync) fn apply(&mut self, results: &mut Results) {
        for layer in &mut self.0 {
            match &layer.run {
                Some(run) if run.fits(results) => run.repeat(results),
                _ => layer.run = Some(Run::of(&layer.update, results)),
            }
        }
    }
}

impl Run {
    fn of(OptimisticUpdate(update): &OptimisticUpdate, results: &mut Results) -> Self {
        let mut store = OptimisticStore::new(results);
        update(&mut store);
        let before = store.touched.into_inner();
        let after = before
            .iter()
            .map(|(key, _)| results.get(key).cloned().flatten());
        Self {
            after: after.collect(),
            before,
        }
    }

    /// Returns whether the update would read the same results again.
    fn fits(&self, results: &Results) -> bool {
        let mut before = self.before.iter();
        before.all(|(key, before)| results.get(key).is_some_and(|now| is_same(now, before)))
    }

    fn repeat(&self, results: &mut Results) {
        for ((key, _), after) in self.before.iter().zip(&self.after) {
            if let Some(slot) = results.get_mut(key) {
                slot.clone_from(after);
            }
        }
    }
}

/// Returns whether both are the very same result, not just equal ones.
fn is_same(one: &Option<QueryResult>, other: &Option<QueryResult>) -> bool {
    match (one, other) {
        (Some(Ok(one)), Some(Ok(other))) => one.is(other),
        (Some(Err(one)), Some(Err(other))) => one == other,
        (None, None) => true,
        _ => false,
    }
}
