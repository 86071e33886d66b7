//! The results in use, by the tables that they read.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};

use super::entry::Entry;
use super::spec::Key;
use crate::store::{Commit, ComponentPath, TableName};

/// All results that are compared with commits. A commit is compared only with those that have read one of its tables.
#[derive(Default)]
pub(super) struct Tracked {
    by_table: HashMap<TableName, Vec<Held>>,
}

/// A result and its key.
struct Held {
    key: Key,
    entry: Weak<Entry>,
}

impl Held {
    fn is_current(&self) -> bool {
        let entry = self.entry.upgrade();
        entry.is_some_and(|entry| entry.is_current())
    }
}

impl Tracked {
    /// Adds a result.
    pub(super) fn add(&mut self, key: &Key, entry: &Arc<Entry>) {
        let mut tables: Vec<_> = entry.read_set.tables().cloned().collect();
        if tables.is_empty() {
            // No commit touches this result, but a reload ends it.
            tables.push((ComponentPath::root(), String::new()));
        }
        for table in tables {
            let list = self.by_table.entry(table).or_default();
            // From time to time, remove results that are no longer in use.
            if list.len().is_power_of_two() {
                list.retain(Held::is_current);
            }
            list.push(Held {
                key: key.clone(),
                entry: Arc::downgrade(entry),
            });
        }
    }

    /// Ends the results that `commit` touches at `ts`, and calls `ended` with each.
    pub(super) fn end_touched(
        &mut self,
        ts: u64,
        commit: &Commit,
        mut ended: impl FnMut(&Key, &Arc<Entry>),
    ) {
        let tables: BTreeSet<_> = commit.tables().collect();
        for (component, table) in tables {
            let name = (component.clone(), table.to_owned());
            let Some(list) = self.by_table.get_mut(&name) else {
                continue;
            };
            list.retain(|Held { key, entry }| {
                let Some(entry) = entry.upgrade() else {
                    return false;
                };
                if entry.valid_from() < ts && entry.read_set.invalidated_by(commit) {
                    entry.invalidate(ts);
                }
                if !entry.is_current() {
                    ended(key, &entry);
                }
                entry.is_current()
            });
            if list.is_empty() {
                self.by_table.remove(&name);
            }
        }
    }

    /// Forgets all results, and returns those in use.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Arc<Entry>> {
        let lists = std::mem::take(&mut self.by_table).into_values();
        lists.flatten().filter_map(|held| held.entry.upgrade())
    }
}
