//! The queries on the page: their subscribers, the server's results, and the shown results.

use super::{
    QueryResult,
    optimistic::Layers,
    wire::{self, Journal, Modification, QueryId},
};
use crate::{
    call::{CallError, QueryKey},
    vec_map::VecMap,
};

struct Entry {
    key: QueryKey,
    subscribers: u32,
    /// When the query is dropped, if it has no subscriber left.
    expires: Option<f64>,
    /// The journal that the server expects when the query is added again. It keeps page boundaries in place.
    journal: Option<Journal>,
    /// Whether the server was told of the query on this connection.
    sent: bool,
    /// Whether the server has answered on this connection.
    answered: bool,
    /// The server's last result, from any connection.
    result: Option<QueryResult>,
    /// Whether `result` is, or will be, for another person than the current one; it is then not shown. Cleared when
    /// the server has switched to the new person.
    foreign: bool,
    /// The result that the page was given.
    shown: Option<QueryResult>,
}

impl Entry {
    fn visible(&self) -> Option<&QueryResult> {
        self.result.as_ref().filter(|_| !self.foreign)
    }
}

#[derive(Default)]
pub(super) struct QuerySet {
    entries: VecMap<u32, Entry>,
    ids: VecMap<QueryKey, u32>,
    next_id: u32,
    /// Ids that the server still has and that no query uses.
    removed: Vec<u32>,
    /// How many queries have no subscriber left.
    unwanted: usize,
    /// Whether a shown result may have changed.
    dirty: bool,
    /// Whether queries have come or gone since the optimistic updates last ran.
    others: bool,
}

impl QuerySet {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn subscribe(&mut self, key: QueryKey) {
        if let Some(entry) = self.ids.get(&key).and_then(|id| self.entries.get_mut(id)) {
            entry.subscribers += 1;
            self.unwanted -= usize::from(entry.expires.take().is_some());
            return;
        }
        let id = self.next_id;
        self.next_id += 1;
        self.ids.insert(key.clone(), id);
        let entry = Entry {
            key,
            subscribers: 1,
            expires: None,
            journal: None,
            sent: false,
            answered: false,
            result: None,
            foreign: false,
            shown: None,
        };
        self.entries.insert(id, entry);
        // An optimistic update may give the new query a result.
        self.dirty = true;
        self.others = true;
    }

    /// Removes a subscriber. The last one's query is dropped at `expires`, unless there is a new subscriber by then.
    pub(super) fn unsubscribe(&mut self, key: &QueryKey, expires: f64) {
        if let Some(entry) = self.ids.get(key).and_then(|id| self.entries.get_mut(id)) {
            entry.subscribers = entry.subscribers.saturating_sub(1);
            if entry.subscribers == 0 {
                self.unwanted += usize::from(entry.expires.replace(expires).is_none());
            }
        }
    }

    /// Drops the queries that are due, and returns them.
    pub(super) fn expire(&mut self, now: f64) -> Vec<QueryKey> {
        let due = |entry: &Entry| entry.expires.is_some_and(|expires| expires <= now);
        let ids: Vec<u32> = self
            .entries
            .iter()
            .filter(|(_, entry)| due(entry))
            .map(|(id, _)| *id)
            .collect();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    fn remove(&mut self, id: u32) -> Option<QueryKey> {
        let entry = self.entries.remove(&id)?;
        self.ids.remove(&entry.key);
        self.unwanted -= usize::from(entry.expires.is_some());
        self.others = true;
        // A query with an invalid path was never sent, and Convex ends sessions over the removal of an unknown query.
        if entry.sent && wire::is_path(entry.key.path()) {
            self.removed.push(id);
        }
        Some(entry.key)
    }

    /// Returns whether a query without subscribers is kept. This is called for each query that is dropped, and a page
    /// may drop a thousand at once.
    pub(super) const fn keeps_unwanted(&self) -> bool {
        self.unwanted > 0
    }

    /// Returns when the next query without subscribers is due.
    pub(super) fn next_expiry(&self) -> Option<f64> {
        self.entries
            .values()
            .filter_map(|entry| entry.expires)
            .min_by(f64::total_cmp)
    }

    /// Resets the set for a new connection, whose server knows nothing. Shown results stay.
    pub(super) fn restart(&mut self) {
        self.removed.clear();
        for entry in self.entries.values_mut() {
            entry.sent = false;
            entry.answered = false;
        }
    }

    /// Hides everything for another person. No result that is here or still on its way may be shown until the server
    /// has switched to the new person.
    pub(super) fn hide_all(&mut self) {
        for entry in self.entries.values_mut() {
            entry.foreign = true;
        }
        self.dirty = true;
    }

    /// Hides leftover results when somebody signs in. Results for everybody stay. Errors are hidden, because signing in
    /// may have been missing. Results that no component shows any more are hidden, because they are those of a
    /// signed-out visitor.
    pub(super) fn hide_left_over(&mut self) {
        for entry in self
            .entries
            .values_mut()
            .filter(|entry| entry.subscribers == 0 || matches!(entry.result, Some(Err(_))))
        {
            entry.foreign = true;
        }
        self.dirty = true;
    }

    /// Shows the results that the server has not replaced. The server has switched to the current person, so the
    /// results are the same for that person.
    pub(super) fn reveal_answered(&mut self) {
        for entry in self
            .entries
            .values_mut()
            .filter(|entry| entry.foreign && entry.answered)
        {
            entry.foreign = false;
            self.dirty = true;
        }
    }

    /// Returns the message for the server, if there are changes.
    pub(super) fn modifications(&mut self) -> Vec<Modification> {
        let removed = std::mem::take(&mut self.removed);
        let mut modifications: Vec<_> = removed
            .into_iter()
            .map(|id| Modification::Remove { id })
            .collect();
        for (id, entry) in self.entries.iter_mut().filter(|(_, entry)| !entry.sent) {
            entry.sent = true;
            if let Some(addition) = addition(*id, entry) {
                modifications.push(addition);
            } else {
                entry.answered = true;
                entry.result = Some(Err(CallError::Server {
                    message: ["`", entry.key.path(), "` is not a function path"].concat(),
                }));
                self.dirty = true;
            }
        }
        modifications
    }

    /// Stores the server's new result of a query. Ignores it when the query is no longer wanted.
    pub(super) fn set_result(&mut self, id: QueryId, result: QueryResult, journal: Journal) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.result = Some(result);
            entry.journal = Some(journal);
            entry.answered = true;
            self.dirty = true;
        }
    }

    /// Returns whether the server has answered all queries on this connection.
    pub(super) fn is_synced(&self) -> bool {
        self.entries.values().all(|entry| entry.answered)
    }

    /// Returns the function of a query, for messages to the developer.
    pub(super) fn source(&self, id: QueryId) -> Option<(char, &str)> {
        Some(('Q', self.entries.get(&id)?.key.path()))
    }

    pub(super) const fn mark_dirty(&mut self) {
        self.dirty = true;
    }

    /// Returns the changes for the page: all results that differ from what it shows, with `layers` on top.
    pub(super) fn take_changes(
        &mut self,
        layers: &mut Layers,
    ) -> Vec<(QueryKey, Option<QueryResult>)> {
        if !std::mem::take(&mut self.dirty) {
            return Vec::new();
        }
        if layers.is_empty() {
            return self
                .entries
                .values_mut()
                .filter_map(|entry| {
                    let now = entry.visible().cloned();
                    change(entry, now)
                })
                .collect();
        }
        if std::mem::take(&mut self.others) {
            layers.forget_runs();
        }
        // The map needs them in the order of their keys.
        let results = self.ids.iter().map(|(key, id)| {
            let result = self.entries.get(id).and_then(Entry::visible);
            (key.clone(), result.cloned())
        });
        let mut results = VecMap::collect(results.collect());
        layers.apply(&mut results);
        self.entries
            .values_mut()
            .filter_map(|entry| {
                let now = results.get_mut(&entry.key).and_then(Option::take);
                change(entry, now)
            })
            .collect()
    }

    /// Ends all queries, and tells the subscribers that still wait.
    pub(super) fn close(&mut self, error: &CallError) {
        for entry in self
            .entries
            .values_mut()
            .filter(|entry| entry.visible().is_none())
        {
            entry.result = Some(Err(error.clone()));
            entry.foreign = false;
        }
        self.dirty = true;
    }
}

fn change(entry: &mut Entry, now: Option<QueryResult>) -> Option<(QueryKey, Option<QueryResult>)> {
    let is_same = entry.shown == now;
    // An equal result may be another text. Storing it makes the next comparison quicker.
    entry.shown.clone_from(&now);
    (!is_same).then(|| (entry.key.clone(), now))
}

fn addition(id: QueryId, entry: &Entry) -> Option<Modification> {
    let path = entry.key.path();
    let add = || Modification::Add {
        id,
        path: path.to_owned(),
        args: entry.key.args_json().to_owned(),
        journal: entry.journal.clone(),
    };
    wire::is_path(path).then(add)
}
