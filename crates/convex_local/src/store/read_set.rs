//! The reads of a transaction, as ranges of index keys and as searches.
//!
//! A commit can have changed a result only if a document that it wrote has, before or after, a key in one of these
//! ranges (reading by id is a range of one key on `by_id`), or matches one of these searches. Other documents shift
//! the scores of matching ones, which does not count, as in the original.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::index::{KeyRange, index_key};
use super::model::{Commit, ComponentPath};
use super::search::Question;
use crate::value::Value;

/// A table, with its component.
pub(crate) type TableName = (ComponentPath, String);

/// The dependencies of a transaction.
#[derive(Clone, Debug, Default)]
pub struct ReadSet {
    tables: HashMap<TableName, TableReads>,
    /// How many ranges there are in all.
    ranges: usize,
}

/// The reads of one table.
#[derive(Clone, Debug, Default)]
struct TableReads {
    indexes: HashMap<String, IndexReads>,
    searches: BTreeSet<Question>,
}

#[derive(Clone, Debug)]
struct IndexReads {
    fields: Arc<[String]>,
    /// Start → end of ranges that neither overlap nor touch.
    ranges: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl ReadSet {
    /// Returns whether `commit` wrote anything that was read here. For an import, which may have millions of
    /// documents, returns whether it wrote to a table that was read.
    pub fn invalidated_by(&self, commit: &Commit) -> bool {
        commit.writes.iter().any(|write| {
            let key = (write.component.clone(), write.table.clone());
            self.tables
                .get(&key)
                .is_some_and(|reads| commit.is_large() || write.fields().any(|d| reads.contain(d)))
        })
    }

    /// Returns the tables that were read or searched.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &TableName> {
        self.tables.keys()
    }

    /// Returns whether nothing was read, so that the result can never change.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Returns how many ranges of indexes have been read; adjacent ranges count as one.
    pub(crate) fn ranges(&self) -> usize {
        self.ranges
    }

    /// Adds the reads of another transaction.
    pub fn merge(&mut self, other: ReadSet) {
        for ((component, table), reads) in other.tables {
            for question in &reads.searches {
                self.record_search(&component, &table, question);
            }
            for (index, reads) in reads.indexes {
                for (start, end) in reads.ranges {
                    let range = KeyRange { start, end };
                    self.record(&component, &table, &index, &reads.fields, range);
                }
            }
        }
    }

    pub(crate) fn record(
        &mut self,
        component: &ComponentPath,
        table: &str,
        index: &str,
        fields: &Arc<[String]>,
        range: KeyRange,
    ) {
        let table = self.table(component, table);
        let reads = table
            .indexes
            .entry(index.to_owned())
            .or_insert_with(|| IndexReads {
                fields: fields.clone(),
                ranges: BTreeMap::new(),
            });
        let before = reads.ranges.len();
        reads.insert(range);
        let after = reads.ranges.len();
        self.ranges = self.ranges + after - before;
    }

    pub(crate) fn record_search(
        &mut self,
        component: &ComponentPath,
        table: &str,
        question: &Question,
    ) {
        let searches = &mut self.table(component, table).searches;
        if !searches.contains(question) {
            searches.insert(question.clone());
        }
    }

    fn table(&mut self, component: &ComponentPath, table: &str) -> &mut TableReads {
        self.tables
            .entry((component.clone(), table.to_owned()))
            .or_default()
    }
}

impl TableReads {
    fn contain(&self, document: &Value) -> bool {
        let mut indexes = self.indexes.values();
        let mut searches = self.searches.iter();
        indexes.any(|reads| reads.contain(document))
            || searches.any(|question| question.is_answered_by(document))
    }
}

impl IndexReads {
    fn contain(&self, document: &Value) -> bool {
        let key = index_key(&self.fields, document);
        let up_to = (Bound::Unbounded, Bound::Included(key.as_slice()));
        self.ranges
            .range::<[u8], _>(up_to)
            .next_back()
            .is_some_and(|(_, end)| end.as_ref().is_none_or(|end| key < *end))
    }

    /// Adds a range, joining it with those it overlaps or touches.
    fn insert(&mut self, KeyRange { mut start, mut end }: KeyRange) {
        if end.as_ref().is_some_and(|end| *end <= start) {
            // An empty range, from bounds that exclude each other, depends on nothing.
            return;
        }
        let before = (Bound::Unbounded, Bound::Included(start.as_slice()));
        if let Some((earlier, until)) = self.ranges.range::<[u8], _>(before).next_back()
            && until.as_ref().is_none_or(|until| *until >= start)
        {
            end = later(until.clone(), end);
            start = earlier.clone();
        }
        loop {
            let within = match &end {
                Some(end) => (
                    Bound::Included(start.as_slice()),
                    Bound::Included(end.as_slice()),
                ),
                None => (Bound::Included(start.as_slice()), Bound::Unbounded),
            };
            let Some(next) = self
                .ranges
                .range::<[u8], _>(within)
                .next()
                .map(|(s, _)| s.clone())
            else {
                break;
            };
            if let Some(until) = self.ranges.remove(&next) {
                end = later(until, end);
            }
        }
        self.ranges.insert(start, end);
    }
}

/// Returns the later of two ends; `None` is the latest.
fn later(a: Option<Vec<u8>>, b: Option<Vec<u8>>) -> Option<Vec<u8>> {
    a.zip(b).map(|(a, b)| a.max(b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Joined ranges cover exactly what the single ranges cover.
        #[test]
        fn joining_keeps_the_union(ranges in proptest::collection::vec((0u8..20, 0u8..20), 1..12)) {
            let mut reads = IndexReads { fields: Arc::from([]), ranges: BTreeMap::new() };
            for (a, b) in &ranges {
                let (start, end) = (a.min(b), a.max(b));
                reads.insert(KeyRange { start: vec![*start], end: Some(vec![*end + 1]) });
            }
            for key in 0u8..22 {
                let direct = ranges.iter().any(|(a, b)| (a.min(b)..=a.max(b)).contains(&&key));
                let up_to = (Bound::Unbounded, Bound::Included([key].as_slice().to_vec()));
                let joined = reads.ranges.range::<Vec<u8>, _>((up_to.0, up_to.1.as_ref()))
                    .next_back()
                    .is_some_and(|(_, end)| end.as_ref().is_none_or(|end| vec![key] < *end));
                prop_assert_eq!(joined, direct, "key {}", key);
            }
        }
    }
}
