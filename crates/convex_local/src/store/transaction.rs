//! A transaction: a private copy of the data with its reads and writes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use imbl::OrdMap;
use serde_json::Value as Json;

use super::cursor::CursorKey;
use super::error::DbError;
use super::id::DocumentId;
use super::model::{ComponentPath, Document, Parsed, Timestamp, Write};
use super::name::{check_table_name, is_system};
use super::query::Stream;
use super::read_set::ReadSet;
use super::reader::Reader;
use super::requests::RequestRecord;
use super::snapshot::Snapshot;
use super::system;
use super::usage::{TransactionLimits, Written};
use super::validator::{ValidationError, Validator};
use crate::value::{Object, Value, check_document};

/// The counters that all transactions share.
#[derive(Debug)]
pub(crate) struct Counters {
    /// The highest table number in use; user tables start at 10001, as in Convex.
    table: AtomicU32,
    /// The newest creation time, as the bits of a float.
    creation_time: AtomicU64,
}

/// The step between the creation times of two documents made in the same millisecond.
const CREATION_STEP: f64 = 1.0 / 1024.0;

impl Counters {
    pub(crate) fn new(highest_table: u32, newest_creation: f64) -> Self {
        Self {
            table: AtomicU32::new(highest_table.max(10_000)),
            creation_time: AtomicU64::new(newest_creation.max(0.0).to_bits()),
        }
    }

    pub(crate) fn table_number(&self) -> u32 {
        self.table.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Reserves the numbers up to this one.
    pub(crate) fn reserve(&self, table: u32) {
        self.table.fetch_max(table, Ordering::Relaxed);
    }

    /// Returns the current time in milliseconds, but always later than the last one returned.
    pub(crate) fn creation_time(&self) -> f64 {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = now.as_secs_f64() * 1000.0;
        let later = |last: u64| {
            let next = (f64::from_bits(last) + CREATION_STEP).max(now);
            Some(next.to_bits())
        };
        let last = self
            .creation_time
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
        last.map_or(now, |last| (f64::from_bits(last) + CREATION_STEP).max(now))
    }
}

/// A point in a transaction to which its writes can be rolled back.
#[derive(Clone, Debug)]
pub struct Savepoint {
    view: Snapshot,
    writes: Writes,
    written: Written,
    limits: TransactionLimits,
}

/// Written documents by component, table and id, with the former documents of the snapshot.
pub(crate) type Writes = OrdMap<(ComponentPath, String, DocumentId), (Before, After)>;
type Before = Option<Arc<Document>>;
type After = Option<Arc<Document>>;

/// One run of a query or mutation against the data.
///
/// Reads come from the snapshot with the transaction's own writes on top. Nothing is visible to
/// others before [`Store::commit`](super::Store::commit).
#[derive(Debug)]
pub struct Transaction {
    /// The data that it began with.
    base: Snapshot,
    pub(crate) reader: Reader,
    /// Open queries, or their errors.
    pub(crate) streams: HashMap<u64, Result<Stream, DbError>>,
    pub(crate) next_stream: u64,
    /// The client's request that the transaction belongs to.
    request: Option<RequestRecord>,
    writes: Writes,
    counters: Arc<Counters>,
    pub(crate) cursors: Arc<CursorKey>,
    /// The epoch of the snapshot, if it may not be on disk.
    epoch: Option<u64>,
}

/// The parts of a finished transaction.
pub(crate) struct Parts {
    pub(crate) view: Snapshot,
    pub(crate) reads: ReadSet,
    pub(crate) writes: Vec<Write>,
    pub(crate) request: Option<RequestRecord>,
}

impl Transaction {
    pub(crate) fn new(
        snapshot: Snapshot,
        counters: Arc<Counters>,
        cursors: Arc<CursorKey>,
    ) -> Self {
        Self {
            base: snapshot.clone(),
            reader: Reader::new(snapshot),
            streams: HashMap::new(),
            next_stream: 0,
            request: None,
            writes: OrdMap::new(),
            counters,
            cursors,
            epoch: None,
        }
    }

    /// Marks the snapshot as one with commits of `epoch` that may not be on disk.
    pub(crate) fn under(self, epoch: u64) -> Self {
        Self {
            epoch: Some(epoch),
            ..self
        }
    }

    /// Returns a transaction on the data that this one began with, without its writes.
    pub(crate) fn beside(&self) -> Self {
        Self::new(
            self.base.clone(),
            self.counters.clone(),
            self.cursors.clone(),
        )
    }

    pub(crate) fn epoch(&self) -> Option<u64> {
        self.epoch
    }

    /// Returns the moment whose data this transaction sees.
    pub fn snapshot(&self) -> Timestamp {
        self.reader.view.ts
    }

    /// Returns a point to which [`rollback_to`](Self::rollback_to) can return.
    pub fn savepoint(&mut self) -> Savepoint {
        Savepoint {
            view: self.reader.view.clone(),
            writes: self.writes.clone(),
            written: self.reader.usage.written(),
            limits: self.reader.usage.limits(),
        }
    }

    /// Takes back every write since the savepoint. Reads stay noted: the outcome of the part that is taken back may
    /// have decided what happens next.
    pub fn rollback_to(&mut self, savepoint: Savepoint) {
        self.reader.usage.set_limits(savepoint.limits);
        self.reader.usage.set_written(savepoint.written);
        self.reader.view = savepoint.view;
        self.writes = savepoint.writes;
    }

    /// Ends the part that began at the savepoint and keeps its writes. Its own limits end as well.
    pub fn release(&mut self, savepoint: &Savepoint) {
        self.reader.usage.set_limits(savepoint.limits);
    }

    /// Limits the further usage to `budget`, until the savepoint before it is released or returned to.
    pub(crate) fn limit(&mut self, budget: &TransactionLimits) {
        let ranges = self.reader.reads.ranges();
        self.reader.usage.tighten(budget, ranges);
    }

    /// Counts a file of `bytes` that a function stores.
    ///
    /// # Errors
    /// When the function's limit is exceeded.
    pub(crate) fn count_file_written(&mut self, bytes: usize) -> Result<(), DbError> {
        self.reader.usage.write_file(bytes)
    }

    /// Counts a file of `bytes` that a function reads.
    ///
    /// # Errors
    /// When the function's limit is exceeded.
    pub(crate) fn count_file_read(&mut self, bytes: usize) -> Result<(), DbError> {
        self.reader.usage.read_file(bytes)
    }

    /// Returns whether the limits are tighter than usual.
    pub(crate) fn is_limited(&self) -> bool {
        self.reader.usage.is_tightened()
    }

    /// Takes over the limits of another transaction.
    pub(crate) fn limit_as(&mut self, other: &Self) {
        self.reader.usage.set_limits(other.reader.usage.limits());
    }

    /// Returns the result of `ctx.meta.getTransactionMetrics()`.
    pub(crate) fn metrics(&self) -> Json {
        self.reader.usage.metrics(self.reader.reads.ranges())
    }

    /// Returns the dependencies of a query.
    pub fn into_read_set(self) -> ReadSet {
        self.reader.reads
    }

    pub(crate) fn has_writes(&self) -> bool {
        !self.writes.is_empty()
    }

    /// Notes the result of a client's request, to be committed with the writes. Without writes there is no commit,
    /// and running it again does no harm.
    pub(crate) fn note_request(&mut self, record: RequestRecord) {
        self.request = Some(record);
    }

    pub(crate) fn into_parts(self) -> Parts {
        let writes = self
            .writes
            .into_iter()
            .map(|((component, table, _), (old, new))| Write::new(component, table, old, new));
        Parts {
            view: self.reader.view,
            reads: self.reader.reads,
            writes: writes.collect(),
            request: self.request,
        }
    }

    /// Counts a document that a function is about to write, or to delete.
    ///
    /// # Errors
    /// When the function's limit is exceeded.
    pub(crate) fn count_write(&mut self, fields: Option<&Object>) -> Result<(), DbError> {
        self.reader.usage.write(fields)
    }

    /// Returns the document with this id, in whatever table of the component it is.
    pub(crate) fn find(
        &mut self,
        component: &ComponentPath,
        id: &str,
    ) -> Option<(String, Arc<Document>)> {
        self.reader.find(component, id)
    }

    /// Checks a value in Convex's JSON encoding, its ids against the tables of a component.
    ///
    /// # Errors
    /// The first mismatch, or the reason why the JSON is not a Convex value.
    pub(crate) fn check_value(
        &self,
        component: &ComponentPath,
        validator: &Validator,
        value: &Json,
    ) -> Result<(), ValidationError> {
        validator.check_json(value, &|id| self.reader.view.table_named(component, id))
    }

    /// Adds a document; the system fields are made here.
    pub(crate) fn insert(
        &mut self,
        component: &ComponentPath,
        table: &str,
        fields: Object,
    ) -> Result<String, DbError> {
        check_table_name(table)?;
        self.insert_system(component, table, fields)
    }

    /// Adds a document, also to system tables.
    pub(crate) fn insert_system(
        &mut self,
        component: &ComponentPath,
        table: &str,
        mut fields: Object,
    ) -> Result<String, DbError> {
        let mut before = None;
        if self.reader.view.table(component, table).is_none() {
            before = Some(self.reader.view.clone());
            let number = system::number(table).unwrap_or_else(|| self.counters.table_number());
            self.reader.view.ensure_table(component, table, number);
        }
        let number = self
            .reader
            .view
            .table(component, table)
            .map_or(0, |table| table.number);
        let id = DocumentId::random(number);
        let encoded = id.encode();
        fields.insert("_id".into(), Value::String(encoded.clone()));
        fields.insert(
            "_creationTime".into(),
            Value::Float64(self.counters.creation_time()),
        );
        if let Err(error) = self.write(component, table, id, None, Some(fields)) {
            if let Some(before) = before {
                // Without its first document there is no table.
                self.reader.view = before;
            }
            return Err(error);
        }
        Ok(encoded)
    }

    /// Replaces or deletes a document.
    pub(crate) fn write(
        &mut self,
        component: &ComponentPath,
        table: &str,
        id: DocumentId,
        old: Option<Arc<Document>>,
        fields: Option<Object>,
    ) -> Result<(), DbError> {
        if let Some(fields) = &fields {
            self.check(component, table, fields)?;
        }
        let new = fields.map(|fields| Parsed::new(id, fields));
        let parsed = old.as_ref().map(Parsed::of);
        self.reader
            .view
            .replace(component, table, parsed.as_ref(), new.as_ref());
        let new = new.map(|new| new.document);
        let key = (component.clone(), table.to_owned(), id);
        // A second write to a document keeps the state before the first one.
        let before = self
            .writes
            .get(&key)
            .map_or(old, |(before, _)| before.clone());
        self.writes.insert(key, (before, new));
        Ok(())
    }

    fn check(
        &self,
        component: &ComponentPath,
        table: &str,
        fields: &Object,
    ) -> Result<(), DbError> {
        if is_system(table) {
            return Ok(());
        }
        check_document(fields).map_err(|error| DbError::new(error.to_string()))?;
        let Some(schema) = self.reader.view.schema(component) else {
            return Ok(());
        };
        let Some(validator) = schema.document(table) else {
            return Ok(());
        };
        let table_of = |id| self.reader.view.table_named(component, id);
        validator.check_document(fields, &table_of).map_err(|error| {
            DbError::new(format!(
                "Failed to insert or update a document in table \"{table}\" because it does not \
                 match the schema: {error}"
            ))
        })
    }
}
