//! The query set: the subscriptions of one client, and the versions that both sides agree on. No I/O, no clock.
//!
//! The client numbers its query sets and identities; the server answers with transitions from one
//! pair of versions and timestamp to the next, without gaps. Changes that arrive while a
//! transition is computed wait for the next one.

use std::collections::BTreeMap;
use std::sync::Arc;

use convex_sync_types::{Query, QuerySetModification};
use tokio::sync::Notify;

use super::answer::Answer;
use super::arguments::{Arguments, invalid_arguments};
use super::bounds::{MAX_QUERIES, MAX_QUERY_BYTES};
use super::entry::{Asker, Clock, Entry, Watch};
use super::error::SessionError;
use super::message::{Modification, StateVersion};
use super::snapshot::{Snapshot, Wanted};
use super::spec::CallSpec;
use crate::functions::FunctionError;
use crate::store::ReadSet;
use crate::who::Who;

/// The subscriptions of one client.
#[derive(Debug, Default)]
pub(super) struct QuerySet {
    /// The version after the last sent transition.
    sent: StateVersion,
    /// The versions the client has announced; `ts` is unused.
    announced: StateVersion,
    /// Changes announced since the last transition began. Emptied by [`Self::begin`].
    pending: Vec<QuerySetModification>,
    queries: BTreeMap<u32, Subscribed>,
    /// The bytes of arguments and journals by query, as announced. [`Self::queries`] follows when a transition begins.
    sizes: BTreeMap<u32, usize>,
    /// The bytes of queries that were removed since the last transition began. They are kept until the next one.
    leaving: usize,
}

#[derive(Debug)]
struct Subscribed {
    /// Function and arguments; the caller is filled in for each run.
    spec: CallSpec,
    /// The answer of a query whose arguments were refused, so that it never runs.
    refused: Option<Arc<Entry>>,
    /// The client's result and its registration for changes. `None` until the
    /// first transition with this query, and after a change of identity.
    watch: Option<Watch>,
    /// The client's result, even when `watch` is gone: equal results are not sent again.
    shown: Option<Arc<Answer>>,
}

/// A transition in progress: its target version, and the part of it that needs no results.
#[derive(Debug)]
pub(super) struct Pending {
    query_set: u32,
    identity: u32,
    removed: Vec<u32>,
}

impl QuerySet {
    /// Returns the version after the last sent transition.
    pub(super) fn version(&self) -> StateVersion {
        self.sent
    }

    /// Returns how many queries the client has.
    pub(super) fn len(&self) -> usize {
        self.queries.len()
    }

    /// Returns how many bytes the arguments and journals of all announced queries have, and those of removed queries
    /// that are still kept.
    pub(super) fn bytes(&self) -> usize {
        self.leaving + self.announced_bytes()
    }

    fn announced_bytes(&self) -> usize {
        self.sizes.values().sum()
    }

    /// Returns how many announced changes wait for a transition.
    pub(super) fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// Applies a `ModifyQuerySet`.
    pub(super) fn announce(
        &mut self,
        base_version: u32,
        new_version: u32,
        modifications: Vec<QuerySetModification>,
    ) -> Result<(), SessionError> {
        let current = self.announced.query_set;
        if base_version != current {
            return Err(SessionError::Client(format!(
                "Base version {base_version} passed up doesn't match the current version {current}"
            )));
        }
        if new_version <= base_version {
            return Err(SessionError::Client(format!(
                "New version {new_version} must be greater than the base version {base_version}"
            )));
        }
        self.measure(&modifications)?;
        self.pending.extend(modifications);
        self.announced.query_set = new_version;
        Ok(())
    }

    /// Checks that the client does not exceed its bounds. The error is fatal, because reconnecting would not help.
    fn measure(&mut self, modifications: &[QuerySetModification]) -> Result<(), SessionError> {
        for modification in modifications {
            match modification {
                QuerySetModification::Add(query) => {
                    let journal = query.journal.iter().flatten();
                    let journal: usize = journal.map(String::len).sum();
                    let path = String::from(query.udf_path.clone()).len();
                    let bytes = query.args.get().len() + path + journal;
                    let former = self.sizes.insert(query.query_id.get_id(), bytes);
                    self.leaving += former.unwrap_or(0);
                }
                QuerySetModification::Remove { query_id } => {
                    let bytes = self.sizes.remove(&query_id.get_id());
                    self.leaving += bytes.unwrap_or(0);
                }
            }
        }
        if self.sizes.len() > MAX_QUERIES {
            return Err(SessionError::Client(format!(
                "Too many queries: one client may subscribe to {MAX_QUERIES} at a time"
            )));
        }
        if self.announced_bytes() > MAX_QUERY_BYTES {
            return Err(SessionError::Client(format!(
                "The arguments of all queries of one client may take {MAX_QUERY_BYTES} bytes together"
            )));
        }
        Ok(())
    }

    /// Applies an accepted `Authenticate`.
    pub(super) fn announce_identity(&mut self, base_version: u32) -> Result<(), SessionError> {
        let current = self.announced.identity;
        if base_version != current {
            return Err(SessionError::Client(format!(
                "Identity version {base_version} passed up doesn't match the current version \
                 {current}"
            )));
        }
        self.announced.identity = current + 1;
        Ok(())
    }

    /// Begins a transition: applies the announced changes and returns the results that it needs.
    pub(super) fn begin(&mut self, who: &Who) -> Result<(Pending, Vec<Wanted>), SessionError> {
        let mut removed = Vec::new();
        self.leaving = 0;
        for modification in std::mem::take(&mut self.pending) {
            match modification {
                QuerySetModification::Add(query) => self.add(query)?,
                QuerySetModification::Remove { query_id } => {
                    let id = query_id.get_id();
                    if self.queries.remove(&id).is_none() {
                        return Err(SessionError::Client(format!("Nonexistent query id: {id}")));
                    }
                    removed.push(id);
                }
            }
        }
        let StateVersion {
            query_set,
            identity: version,
            ..
        } = self.announced;
        let identity_changed = version != self.sent.identity;
        let wanted = self.queries.iter_mut().map(|(id, query)| {
            if identity_changed {
                query.watch = None;
            }
            let watched = query.watch.as_ref().map(|watch| watch.entry.clone());
            let held = query.refused.clone().or(watched);
            Wanted {
                query_id: *id,
                spec: query.spec.asked_by(who),
                held,
            }
        });
        let wanted = wanted.collect();
        Ok((
            Pending {
                query_set,
                identity: version,
                removed,
            },
            wanted,
        ))
    }

    fn add(&mut self, query: Query) -> Result<(), SessionError> {
        let id = query.query_id.get_id();
        let path = String::from(query.udf_path);
        // As on Convex, arguments beyond its limits fail only this query.
        let (args, refused) = match Arguments::from_text(query.args.get()) {
            Ok(args) => (args, None),
            Err(why) => (Arguments::default(), Some(refusal(&path, &why))),
        };
        let mut spec = CallSpec::new(path, args, query.journal.flatten());
        match query.component_path.as_deref() {
            Some(component) if spec.is_system() => spec = spec.about(component),
            other => refuse_component(other)?,
        }
        let subscribed = Subscribed {
            spec,
            refused,
            watch: None,
            shown: None,
        };
        match self.queries.insert(id, subscribed) {
            None => Ok(()),
            Some(_) => Err(SessionError::Client(format!("Duplicate query ID: {id}"))),
        }
    }

    /// Ends a transition: subscribes to its results and returns the changes for the client. `None` if neither results
    /// nor versions have changed and the transition is not a `must_send`.
    pub(super) fn finish(
        &mut self,
        pending: Pending,
        snapshot: Snapshot,
        watcher: &Arc<Notify>,
        must_send: bool,
    ) -> Option<(StateVersion, StateVersion, Vec<Modification>)> {
        let Pending {
            query_set,
            identity,
            removed,
        } = pending;
        let mut changes: BTreeMap<u32, Modification> = removed
            .into_iter()
            .map(|id| (id, Modification::Removed(id)))
            .collect();
        for (id, entry) in snapshot.results {
            let Some(query) = self.queries.get_mut(&id) else {
                continue;
            };
            let answer = entry.answer.clone();
            query.watch = Some(entry.watch(watcher));
            if query
                .shown
                .as_ref()
                .is_none_or(|shown| !answer.says_the_same_as(shown))
            {
                changes.insert(id, Modification::Changed(id, answer.tail().clone()));
            }
            if answer.journal.is_some() {
                query.spec = query.spec.with_journal(answer.journal.clone());
            }
            query.shown = Some(answer);
        }
        let start = self.sent;
        let end = StateVersion {
            query_set,
            identity,
            ts: snapshot.ts,
        };
        let versions_stay = StateVersion {
            ts: start.ts,
            ..end
        } == start;
        if changes.is_empty() && versions_stay && !must_send {
            return None;
        }
        self.sent = end;
        Some((start, end, changes.into_values().collect()))
    }
}

/// Returns the answer to arguments that Convex would refuse. It is valid at any time and for anybody.
fn refusal(path: &str, why: &str) -> Arc<Entry> {
    let error = FunctionError::new(invalid_arguments(path, why));
    let answer = Answer::new(Err(error), vec![], None);
    let always = 0;
    let (asker, reads) = (Asker::Anybody, ReadSet::default());
    Arc::new(Entry::new(answer, asker, always, reads, Clock::Unread))
}

/// Refuses functions inside components: clients cannot call them, and only the dashboard requests them.
pub(super) fn refuse_component(path: Option<&str>) -> Result<(), SessionError> {
    match path {
        None | Some("") => Ok(()),
        Some(path) => Err(SessionError::Client(format!(
            "Calling functions inside the component \"{path}\" directly is not supported by \
             convex-local"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use convex_sync_types::{QueryId, types::SerializedArgs};
    use serde_json::{Value as Json, json};

    use super::*;

    fn add(id: u32) -> QuerySetModification {
        QuerySetModification::Add(Query {
            query_id: QueryId::new(id),
            udf_path: "todos:list".parse().unwrap(),
            args: SerializedArgs::from_args(vec![json!({})]).unwrap(),
            journal: None,
            component_path: None,
        })
    }

    fn step(set: &mut QuerySet, ts: u64, value: Json) -> Vec<Modification> {
        let (pending, wanted) = set.begin(&Who::nobody()).unwrap();
        let answer = Answer::new(Ok(value), vec![], None);
        let entry = Arc::new(Entry::new(
            answer,
            Asker::Anybody,
            ts,
            ReadSet::default(),
            Clock::Unread,
        ));
        let results = wanted.iter().map(|w| (w.query_id, entry.clone())).collect();
        let step = set.finish(pending, Snapshot { ts, results }, &Arc::default(), false);
        step.map_or(vec![], |(.., modifications)| modifications)
    }

    #[test]
    fn equal_results_are_not_sent_again() {
        let mut set = QuerySet::default();
        set.announce(0, 1, vec![add(0)]).unwrap();
        assert_eq!(step(&mut set, 10, json!([1])).len(), 1);
        assert_eq!(step(&mut set, 20, json!([1])).len(), 0);
        assert_eq!(step(&mut set, 30, json!([1, 2])).len(), 1);
        assert_eq!(
            set.version(),
            StateVersion {
                query_set: 1,
                identity: 0,
                ts: 30
            }
        );
    }

    #[test]
    fn a_client_that_waits_for_a_time_gets_there_without_changes() {
        let mut set = QuerySet::default();
        let (pending, _) = set.begin(&Who::nobody()).unwrap();
        let nothing = Snapshot {
            ts: 5,
            results: vec![],
        };
        let step = set.finish(pending, nothing, &Arc::default(), true);
        assert_eq!(step.unwrap().1.ts, 5);
    }

    #[test]
    fn changes_announced_during_a_transition_wait_for_the_next() {
        let mut set = QuerySet::default();
        set.announce(0, 1, vec![add(0)]).unwrap();
        let (pending, _) = set.begin(&Who::nobody()).unwrap();
        set.announce(1, 2, vec![add(1)]).unwrap();
        let nothing = Snapshot {
            ts: 5,
            results: vec![],
        };
        let first = set.finish(pending, nothing, &Arc::default(), false);
        assert_eq!(first.unwrap().1.query_set, 1);
        assert_eq!(step(&mut set, 6, json!(null)).len(), 2);
        assert_eq!(set.version().query_set, 2);
    }

    #[test]
    fn removed_queries_count_until_the_next_transition_begins() {
        let mut set = QuerySet::default();
        let remove = || QuerySetModification::Remove {
            query_id: QueryId::new(0),
        };
        set.announce(0, 1, vec![add(0)]).unwrap();
        let one = set.bytes();
        let changes = vec![remove(), add(0), remove()];
        set.announce(1, 2, changes).unwrap();
        assert_eq!(set.bytes(), 2 * one);
        set.begin(&Who::nobody()).unwrap();
        assert_eq!(set.bytes(), 0);
    }

    #[test]
    fn the_journal_of_a_query_counts() {
        let mut set = QuerySet::default();
        let QuerySetModification::Add(mut query) = add(0) else {
            panic!("another change")
        };
        query.journal = Some(Some("x".repeat(MAX_QUERY_BYTES)));
        let change = QuerySetModification::Add(query);
        assert!(set.announce(0, 1, vec![change]).is_err());
    }

    #[test]
    fn a_client_may_exchange_queries_within_its_limit() {
        let mut set = QuerySet::default();
        let most = u32::try_from(MAX_QUERIES).unwrap();
        set.announce(0, 1, (0..most).map(add).collect()).unwrap();
        let remove = QuerySetModification::Remove {
            query_id: QueryId::new(0),
        };
        set.announce(1, 2, vec![remove, add(most)]).unwrap();
        let refused = set.announce(2, 3, vec![add(most + 1)]).unwrap_err();
        assert!(matches!(refused, SessionError::Client(_)), "{refused}");
        assert!(refused.to_string().contains("1000"), "{refused}");
    }

    #[test]
    fn stale_versions_and_unknown_queries_are_refused() {
        let mut set = QuerySet::default();
        let refused = set.announce(7, 8, vec![]).unwrap_err().to_string();
        assert_eq!(
            refused,
            "Base version 7 passed up doesn't match the current version 0"
        );
        assert!(set.announce(0, 0, vec![]).is_err());
        assert!(set.announce_identity(1).is_err());
        let remove = QuerySetModification::Remove {
            query_id: QueryId::new(9),
        };
        set.announce(0, 1, vec![remove]).unwrap();
        assert!(set.begin(&Who::nobody()).is_err());
    }
}
