//! The documents of an index in the order of their keys, kept compactly.
//!
//! A key ends with the document's id, which the document already contains. So an entry holds only the part before it,
//! inline if that is short. `by_id` holds the binary ids, without their text.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use equivalent::{Comparable, Equivalent};
use imbl::shared_ptr::DefaultSharedPtr;
use imbl::{OrdMap, OrdSet, ordmap, ordset};

use super::id::{DocumentId, InternalId};
use super::index::{id_key, index_key, key_id};
use super::model::{Document, Found, Parsed};

/// An index of a table.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// All fields of its keys: those declared, `_creationTime` and `_id`.
    pub(crate) fields: Arc<[String]>,
    pub(crate) entries: Entries,
}

/// The documents of one index.
#[derive(Clone, Debug)]
pub(crate) struct Entries(Kind);

#[derive(Clone, Debug)]
enum Kind {
    ById(OrdMap<InternalId, Arc<Document>>),
    ByKey(OrdSet<Entry>),
}

/// A document in an index.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The key without the id.
    start: KeyStart,
    document: Arc<Document>,
}

impl Ord for Entry {
    /// Compares like the whole keys: no value is a prefix of another, so the first difference
    /// is within the starts or in the ids.
    fn cmp(&self, other: &Self) -> Ordering {
        let starts = self.start.bytes().cmp(other.start.bytes());
        starts.then_with(|| self.document.id.internal.cmp(&other.document.id.internal))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

/// Bytes that are stored inline if they are few. Copies of longer ones share their memory.
#[derive(Clone)]
pub(crate) enum KeyStart {
    Short(u8, [u8; Self::SHORT]),
    Long(Arc<[u8]>),
}

impl KeyStart {
    /// The length that makes both kinds equally large.
    const SHORT: usize = 22;

    fn new(bytes: &[u8]) -> Self {
        match u8::try_from(bytes.len()) {
            Ok(length) if bytes.len() <= Self::SHORT => {
                let mut kept = [0; Self::SHORT];
                kept[..bytes.len()].copy_from_slice(bytes);
                Self::Short(length, kept)
            }
            _ => Self::Long(Arc::from(bytes)),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Short(length, bytes) => &bytes[..usize::from(*length)],
            Self::Long(bytes) => bytes,
        }
    }
}

impl fmt::Debug for KeyStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().fmt(f)
    }
}

/// Bytes to compare keys with, which need not be a key.
struct Sought<'a> {
    bytes: &'a [u8],
    /// The id, if the bytes are exactly the key of an id and the index is `by_id`.
    id: Option<DocumentId>,
    /// The number of the table, which the keys of `by_id` begin with.
    table: u32,
}

impl Equivalent<Entry> for Sought<'_> {
    fn equivalent(&self, entry: &Entry) -> bool {
        self.compare(entry) == Ordering::Equal
    }
}

impl Comparable<Entry> for Sought<'_> {
    fn compare(&self, entry: &Entry) -> Ordering {
        let start = entry.start.bytes();
        let Some((head, tail)) = self.bytes.split_at_checked(start.len()) else {
            return self.bytes.cmp(start);
        };
        head.cmp(start).then_with(|| match tail {
            [] => Ordering::Less,
            tail => tail.cmp(&id_key(entry.document.id)),
        })
    }
}

impl Equivalent<InternalId> for Sought<'_> {
    fn equivalent(&self, internal: &InternalId) -> bool {
        self.compare(internal) == Ordering::Equal
    }
}

impl Comparable<InternalId> for Sought<'_> {
    fn compare(&self, internal: &InternalId) -> Ordering {
        match self.id {
            Some(id) if id.table == self.table => id.internal.cmp(internal),
            _ => {
                let id = DocumentId {
                    table: self.table,
                    internal: *internal,
                };
                self.bytes.cmp(&id_key(id))
            }
        }
    }
}

/// Returns the key without the id that a document has in an index over these fields, of which the last is `_id`.
pub(crate) fn key_start(fields: &[String], document: &Parsed) -> KeyStart {
    let declared = fields.split_last().map_or(fields, |(_, declared)| declared);
    KeyStart::new(&index_key(declared, &document.fields))
}

impl Entries {
    /// Creates empty entries, by id.
    pub(crate) fn by_id() -> Self {
        Self(Kind::ById(OrdMap::new()))
    }

    /// Creates empty entries, by key.
    pub(crate) fn by_key() -> Self {
        Self(Kind::ByKey(OrdSet::new()))
    }

    /// Creates entries of documents by id.
    pub(crate) fn all_by_id(mut documents: Vec<Arc<Document>>) -> Self {
        documents.sort_unstable_by_key(|document| document.id.internal);
        let mut entries = OrdMap::new();
        for document in interleaved(&documents) {
            entries.insert(document.id.internal, document.clone());
        }
        Self(Kind::ById(entries))
    }

    /// Creates entries of documents by key, each with the start of its key.
    pub(crate) fn all_by_key(documents: Vec<(KeyStart, Arc<Document>)>) -> Self {
        let entry = |(start, document)| Entry { start, document };
        let mut documents: Vec<Entry> = documents.into_iter().map(entry).collect();
        documents.sort_unstable();
        let mut entries = OrdSet::new();
        for entry in interleaved(&documents) {
            entries.insert(entry.clone());
        }
        Self(Kind::ByKey(entries))
    }

    /// Returns how many documents there are.
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Kind::ById(entries) => entries.len(),
            Kind::ByKey(entries) => entries.len(),
        }
    }

    /// Returns the document with this id; `None` in an index by key.
    pub(crate) fn get(&self, id: DocumentId) -> Option<&Arc<Document>> {
        match &self.0 {
            Kind::ById(entries) => entries.get(&id.internal).filter(|found| found.id == id),
            Kind::ByKey(_) => None,
        }
    }

    /// Adds a document, or replaces one with the same key.
    pub(crate) fn insert(&mut self, fields: &[String], new: &Parsed) {
        let document = new.document.clone();
        match &mut self.0 {
            Kind::ById(entries) => drop(entries.insert(document.id.internal, document)),
            Kind::ByKey(entries) => {
                let start = key_start(fields, new);
                entries.insert(Entry { start, document });
            }
        }
    }

    /// Takes out a document.
    pub(crate) fn remove(&mut self, fields: &[String], old: &Parsed) {
        match &mut self.0 {
            Kind::ById(entries) => drop(entries.remove(&old.document.id.internal)),
            Kind::ByKey(entries) => {
                let start = key_start(fields, old);
                let document = old.document.clone();
                entries.remove(&Entry { start, document });
            }
        }
    }

    /// Returns the documents whose keys are between two bounds, from either end; `table` is the number that
    /// their ids carry.
    pub(crate) fn between(
        &self,
        table: u32,
        start: Bound<&[u8]>,
        end: Bound<&[u8]>,
    ) -> Option<Between<'_>> {
        if is_empty(start, end) {
            return None;
        }
        let by_id = matches!(self.0, Kind::ById(_));
        let sought = |bytes| Sought {
            bytes,
            id: if by_id { key_id(bytes) } else { None },
            table,
        };
        let (start, end) = (start.map(sought), end.map(sought));
        let bounds = (start.as_ref(), end.as_ref());
        Some(match &self.0 {
            Kind::ById(entries) => Between::ById(entries.range::<_, Sought<'_>>(bounds)),
            Kind::ByKey(entries) => Between::ByKey(entries.range::<_, Sought<'_>>(bounds)),
        })
    }
}

/// Orders sorted items so that they fill the nodes of a tree: every second one first, then the ones between. Inserted
/// in sorted order, they would leave nodes half empty.
fn interleaved<T>(sorted: &[T]) -> impl Iterator<Item = &T> {
    let second = sorted.get(1..).unwrap_or_default().iter().step_by(2);
    sorted.iter().step_by(2).chain(second)
}

fn is_empty(start: Bound<&[u8]>, end: Bound<&[u8]>) -> bool {
    match (start, end) {
        (Bound::Included(s), Bound::Excluded(e)) | (Bound::Excluded(s), Bound::Excluded(e)) => {
            s >= e
        }
        _ => false,
    }
}

/// The documents in a range of keys.
pub(crate) enum Between<'a> {
    ById(ordmap::RangedIter<'a, InternalId, Arc<Document>, DefaultSharedPtr>),
    ByKey(ordset::RangedIter<'a, Entry, DefaultSharedPtr>),
}

impl<'a> Between<'a> {
    /// Returns the first document, and its key.
    pub(crate) fn first(self) -> Option<Found> {
        match self {
            Self::ById(mut found) => found.next().map(|(_, document)| found_by_id(document)),
            Self::ByKey(mut found) => found.next().map(Entry::found),
        }
    }

    /// Returns the last document, and its key.
    pub(crate) fn last(self) -> Option<Found> {
        match self {
            Self::ById(mut found) => found.next_back().map(|(_, document)| found_by_id(document)),
            Self::ByKey(mut found) => found.next_back().map(Entry::found),
        }
    }
}

fn found_by_id(document: &Arc<Document>) -> Found {
    (id_key(document.id), document.clone())
}

impl Entry {
    fn found(&self) -> Found {
        let key = [self.start.bytes(), &id_key(self.document.id)].concat();
        (key, self.document.clone())
    }
}

impl<'a> Iterator for Between<'a> {
    type Item = &'a Arc<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::ById(found) => found.next().map(|(_, document)| document),
            Self::ByKey(found) => found.next().map(|entry| &entry.document),
        }
    }
}

#[cfg(test)]
mod tests;
