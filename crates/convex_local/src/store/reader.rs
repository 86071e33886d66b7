//! The reader of a transaction, with its reads so far.

use std::sync::Arc;

use super::error::DbError;
use super::id::DocumentId;
use super::index::{BY_ID, KeyRange, id_key};
use super::model::{ComponentPath, Document};
use super::read_set::ReadSet;
use super::snapshot::Snapshot;
use super::usage::Usage;
use crate::value::key_successor;

/// The data as one transaction sees them. Reads are noted, so that conflicts are found.
#[derive(Debug)]
pub(crate) struct Reader {
    /// The snapshot, with the transaction's own writes.
    pub(crate) view: Snapshot,
    pub(crate) reads: ReadSet,
    pub(crate) usage: Usage,
}

impl Reader {
    pub(crate) fn new(view: Snapshot) -> Self {
        Self {
            view,
            reads: ReadSet::default(),
            usage: Usage::default(),
        }
    }

    /// Counts a read of a function.
    ///
    /// # Errors
    /// When the function's limit is exceeded.
    pub(crate) fn count_read(&mut self, document: Option<&Document>) -> Result<(), DbError> {
        self.usage.read(document, self.reads.ranges())
    }

    /// Returns the document with this id, in whatever table of the component it is.
    pub(crate) fn find(
        &mut self,
        component: &ComponentPath,
        id: &str,
    ) -> Option<(String, Arc<Document>)> {
        let decoded = DocumentId::decode(id)?;
        let table = self.view.table_of(component, decoded)?.to_owned();
        self.record_id(component, &table, decoded);
        let found = self.view.table(component, &table)?.get(decoded)?.clone();
        Some((table, found))
    }

    fn record_id(&mut self, component: &ComponentPath, table: &str, id: DocumentId) {
        let start = id_key(id);
        let end = key_successor(&start);
        let fields: Arc<[String]> = Arc::from(["_id".to_owned()]);
        self.reads
            .record(component, table, BY_ID, &fields, KeyRange { start, end });
    }
}
