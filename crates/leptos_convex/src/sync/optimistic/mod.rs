//! Optimistic updates: what the page shows before the server has confirmed it.

mod pages;

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use super::{QueryResult, RequestId};
use crate::{
    call::{Query, QueryKey},
    value::{Encoded, Value, to_value},
    vec_map::VecMap,
};

type Update = dyn Fn(&mut OptimisticStore<'_>) + Send + Sync;

/// An update with its arguments, ready to be applied again and again.
#[derive(Clone)]
pub(crate) struct OptimisticUpdate(Arc<Update>);

impl OptimisticUpdate {
    pub(crate) fn new(update: impl Fn(&mut OptimisticStore<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(update))
    }
}

/// The results of the queries on the page, for an optimistic update to change.
///
/// Only what the page subscribes to is there.
#[derive(Debug)]
pub struct OptimisticStore<'a> {
    results: &'a mut VecMap<QueryKey, Option<QueryResult>>,
}

impl OptimisticStore<'_> {
    /// The current result of `query`; `None` while it is loading, in error, or not on the page.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, query: &Query<T>) -> Option<T> {
        let value = self
            .results
            .get(&query.key().ok()?)?
            .as_ref()?
            .as_ref()
            .ok()?;
        query.read(value).ok()
    }

    /// All queries of the function `query` names, whatever their arguments, with their results.
    #[must_use]
    pub fn get_all<T: DeserializeOwned>(&self, query: &Query<T>) -> Vec<(Query<T>, Option<T>)> {
        let Ok(wanted) = query.key() else {
            return Vec::new();
        };
        let same_function = self
            .results
            .keys()
            .filter(|key| key.path() == wanted.path());
        same_function
            .filter_map(|key| {
                let query = Query::new(
                    key.path().to_owned(),
                    Value::from_json_str(key.args_json()).ok()?,
                );
                let result = self.get(&query);
                Some((query, result))
            })
            .collect()
    }

    /// Shows `result` for `query`; `None` shows it as loading. Queries not on the page are passed over, and
    /// so are results Convex has no value for.
    pub fn set<T: Serialize>(&mut self, query: &Query<T>, result: Option<T>) {
        let Ok(key) = query.key() else { return };
        let value = match result.map(|result| to_value(&result)).transpose() {
            Ok(value) => value.map(|value| Ok(Encoded::of(&value))),
            Err(_) => return,
        };
        if let Some(slot) = self.results.get_mut(&key) {
            *slot = value;
        }
    }

    /// Changes the result of `query` in place, if it is there.
    pub fn update<T: Serialize + DeserializeOwned>(
        &mut self,
        query: &Query<T>,
        change: impl FnOnce(&mut T),
    ) {
        if let Some(mut result) = self.get(query) {
            change(&mut result);
            self.set(query, Some(result));
        }
    }
}

/// The updates whose mutations are not yet visible, in the order of the calls.
#[derive(Default)]
pub(super) struct Layers(Vec<(RequestId, OptimisticUpdate)>);

impl Layers {
    pub(super) fn push(&mut self, id: RequestId, update: OptimisticUpdate) {
        self.0.push((id, update));
    }

    /// Whether there was one.
    pub(super) fn remove(&mut self, id: RequestId) -> bool {
        let before = self.0.len();
        self.0.retain(|(layer, _)| *layer != id);
        self.0.len() < before
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts all updates on top of the server's `results`.
    pub(super) fn apply(&self, results: &mut VecMap<QueryKey, Option<QueryResult>>) {
        for (_, OptimisticUpdate(update)) in &self.0 {
            let mut store = OptimisticStore { results };
            update(&mut store);
        }
    }
}
