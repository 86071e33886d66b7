//! The results of a connection.

use std::collections::HashMap;

use crate::{call::QueryKey, sync::wire::Timestamp, value::Encoded};

/// The results of one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    results: HashMap<QueryKey, Encoded>,
    moment: Timestamp,
    /// The moment as Convex writes it.
    ts: String,
    bytes: usize,
}

impl Frame {
    /// Returns the result of a query, if there is one. A failed query has none.
    pub(crate) fn result(&self, key: &QueryKey) -> Option<&Encoded> {
        self.results.get(key)
    }

    pub(crate) const fn moment(&self) -> Timestamp {
        self.moment
    }

    pub(crate) fn ts(&self) -> &str {
        &self.ts
    }

    /// Returns the length of all text held: queries and their results.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Moves on to results of the moment `ts`.
    pub(super) fn turn_to(&mut self, ts: Timestamp) {
        self.moment = ts;
        self.ts = ts.encode();
    }

    pub(super) fn set(&mut self, key: &QueryKey, result: Encoded) {
        self.remove(key);
        self.bytes += size(key, &result);
        self.results.insert(key.clone(), result);
    }

    pub(super) fn remove(&mut self, key: &QueryKey) {
        if let Some(old) = self.results.remove(key) {
            self.bytes -= size(key, &old);
        }
    }
}

fn size(key: &QueryKey, result: &Encoded) -> usize {
    key.path().len() + key.args_json().len() + result.text().len()
}
