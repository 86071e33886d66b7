//! The data engine: documents, indexes, serialisable transactions, durable commits.
//!
//! All data live in memory as persistent maps (`snapshot`), so that a transaction's snapshot is a
//! copy that costs nothing and readers never wait; SQLite (`disk`) holds the durable truth and is
//! read once, at start. A transaction ([`Transaction`]) works on its own copy and notes which key
//! ranges it read and what it searched for ([`ReadSet`]). One thread (`committer`) checks that
//! against what was committed since, writes a batch of commits to SQLite, and only then shows them
//! to others.
//!
//! The engine knows nothing of functions, clients or tokens.
//!
//! - `id`, `name`, `validator`, `schema`: what documents look like
//! - `query`, `index_walk`, `search`, `filter`, `page`: reading them
//! - `syscall`: the same, as the functions library asks for it; `usage`: how much of it
//! - `system`, `jobs`, `crons`, `files`: the tables that the backend fills itself
//! - `dump`: all documents of a moment, for exports
//! - `restore`: whole tables put in place, for imports
//! - `rows`: rows of the tables of the backend itself
//! - `requests`: which mutations of clients are committed

mod changes;
mod committer;
mod crons;
mod disk;
mod dump;
mod files;
mod filter;
mod id;
mod index_walk;
mod jobs;
mod name;
mod page;
mod query;
mod read_set;
mod requests;
mod restore;
mod rows;
mod schema;
mod search;
mod snapshot;
mod syscall;
mod system;
mod transaction;
mod usage;
mod validator;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use tokio::sync::{broadcast, oneshot};
use uuid::Uuid;

pub(crate) use crons::CronRow;
pub use disk::OpenError;
pub(crate) use dump::{Dump, DumpedTable};
pub(crate) use files::StoredFile;
pub(crate) use id::DocumentId;
pub(crate) use jobs::{Job, JobKey, JobState, NewJob};
pub use read_set::ReadSet;
pub(crate) use requests::{RequestKey, RequestRecord};
pub(crate) use restore::{Former, Restore, RestoreError, RestoredTable};
pub use schema::SchemaError;
pub(crate) use system::{EXPORTS, IMPORTS};
pub(crate) use transaction::check_table_name;
pub use transaction::{Savepoint, Transaction};
pub use validator::{ValidationError, Validator, ValidatorParseError};

use committer::{Committer, Request};
use schema::Schema;
use snapshot::Document;

/// A moment of the database: nanoseconds since 1970, growing with every commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl From<Timestamp> for u64 {
    fn from(ts: Timestamp) -> Self {
        ts.0
    }
}

/// Names a component: empty for the app itself, `betterAuth`, `outer/inner`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentPath(Arc<str>);

impl ComponentPath {
    /// The component at `path`.
    pub fn new(path: &str) -> Self {
        Self(Arc::from(path))
    }

    /// The app itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path as text, empty for the app.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ComponentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() {
            "the app"
        } else {
            &self.0
        })
    }
}

/// What may be chosen when a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Whether a commit waits for the disk (`synchronous=FULL`); on by default. Off, a power cut
    /// may lose the last commits, a crash of the process alone does not.
    pub durable: bool,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { durable: true }
    }
}

/// What one transaction has changed, told to everyone who follows [`Store::commits`].
#[derive(Debug)]
pub struct Commit {
    /// When it became visible.
    pub ts: Timestamp,
    pub(crate) writes: Vec<Write>,
}

impl Commit {
    /// Whether it changes what is scheduled.
    pub(crate) fn touches_jobs(&self) -> bool {
        let mut writes = self.writes.iter();
        writes.any(|write| write.table == system::SCHEDULED_FUNCTIONS)
    }
}

/// One document before and after a commit.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) component: ComponentPath,
    pub(crate) table: String,
    pub(crate) old: Option<Arc<Document>>,
    pub(crate) new: Option<Arc<Document>>,
}

/// Why a database call was refused; the text is for the function's author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DbError(pub(crate) String);

impl DbError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Why a transaction did not commit; nothing of it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Something it read has changed since. Run it again.
    #[error("Documents read by the transaction changed while it ran")]
    Conflict,
    /// The disk refused.
    #[error("The database could not be written: {0}")]
    Storage(String),
    /// The store is shutting down.
    #[error("The database is closed")]
    Closed,
}

/// Why a setting could not be read or kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetaError {
    /// The disk refused.
    #[error("The database could not be written: {0}")]
    Storage(String),
    /// The store is shutting down.
    #[error("The database is closed")]
    Closed,
}

/// The database. Clones are cheap and share it; the last one closes it.
#[derive(Clone, Debug)]
pub struct Store {
    committer: Arc<Committer>,
    dir: Arc<Path>,
}

impl Store {
    /// Opens the database in the folder `dir`, making both if need be.
    ///
    /// # Errors
    /// When another process has it open, when the file is no database of this program, newer than
    /// it or damaged (it is left as it is), or when the disk refuses.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<Self, OpenError> {
        let (disk, loaded) = disk::Disk::open(dir, options.durable)?;
        Ok(Self::on(dir, disk, loaded))
    }

    fn on(dir: &Path, disk: disk::Disk, loaded: disk::Loaded) -> Self {
        Self {
            committer: Arc::new(Committer::start(disk, loaded)),
            dir: Arc::from(dir),
        }
    }

    /// Makes `schema` (the JSON of `SchemaDefinition.export()`) the component's schema. `None` is
    /// no schema: every document is welcome and only the built-in indexes exist.
    ///
    /// # Errors
    /// When the JSON is not understood or a stored document does not match; the former schema then
    /// stays.
    pub fn apply_schema(
        &self,
        component: &ComponentPath,
        schema: Option<&Json>,
    ) -> Result<(), SchemaError> {
        let schema = read_schema(component, schema)?;
        for index in schema.iter().flat_map(Schema::vector_indexes) {
            tracing::warn!(
                "Vector search is not available in convex-local: the vector index {index} of \
                 {component} stays empty, and ctx.vectorSearch() will be refused"
            );
        }
        let closed = || SchemaError::Storage(CommitError::Closed.to_string());
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let component = component.clone();
        let request = Request::Schema {
            component,
            schema: schema.map(Arc::new),
            answer,
        };
        self.committer.send(request).map_err(|_| closed())?;
        answered.recv().map_err(|_| closed())?
    }

    /// Whether [`Self::apply_schema`] would take `schema` on; nothing is changed.
    ///
    /// # Errors
    /// As there.
    pub fn check_schema(
        &self,
        component: &ComponentPath,
        schema: Option<&Json>,
    ) -> Result<(), SchemaError> {
        let schema = read_schema(component, schema)?;
        schema::check_documents(&self.committer.newest(), component, schema.as_ref())
    }

    /// A transaction on the newest snapshot.
    pub fn begin(&self) -> Transaction {
        Transaction::new(self.committer.newest(), self.committer.counters())
    }

    /// A transaction on the snapshot at `ts`, if that is not over a minute or a thousand commits
    /// ago. For reading.
    pub fn begin_at(&self, ts: Timestamp) -> Option<Transaction> {
        let snapshot = self.committer.snapshot_at(ts)?;
        Some(Transaction::new(snapshot, self.committer.counters()))
    }

    /// The timestamp of the newest snapshot.
    pub fn latest(&self) -> Timestamp {
        self.committer.newest().ts
    }

    /// Commits a transaction. Its writes are on disk, and visible to new transactions, before this
    /// returns. A transaction that wrote nothing gets the timestamp of its snapshot.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when the transaction must be run again.
    pub async fn commit(&self, tx: Transaction) -> Result<Timestamp, CommitError> {
        if !tx.has_writes() {
            return Ok(tx.snapshot());
        }
        let (answer, answered) = oneshot::channel();
        let request = Request::Commit {
            tx: Box::new(tx),
            answer,
        };
        self.committer
            .send(request)
            .map_err(|_| CommitError::Closed)?;
        answered.await.map_err(|_| CommitError::Closed)?
    }

    /// What the committed mutations of a client session answered, and when they were committed, as
    /// far as they are kept: a day.
    pub(crate) async fn requests(
        &self,
        session: Uuid,
    ) -> Result<Vec<(RequestRecord, Timestamp)>, MetaError> {
        let (answer, answered) = oneshot::channel();
        self.committer
            .send(Request::Session { session, answer })
            .map_err(|_| MetaError::Closed)?;
        answered.await.map_err(|_| MetaError::Closed)?
    }

    /// Every commit from now on, in order.
    pub fn commits(&self) -> broadcast::Receiver<Arc<Commit>> {
        self.committer.subscribe()
    }

    /// The folder that the database is in.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The newest data.
    fn snapshot(&self) -> snapshot::Snapshot {
        self.committer.newest()
    }

    /// The app's tables in a component with their document counts, by name.
    pub fn tables(&self, component: &ComponentPath) -> Vec<(String, usize)> {
        let snapshot = self.committer.newest();
        let tables = snapshot
            .components
            .get(component)
            .map(|component| &component.tables);
        let tables = tables.into_iter().flatten();
        tables
            .filter(|(name, _)| !system::is_system(name))
            .map(|(name, table)| (name.clone(), table.len()))
            .collect()
    }

    /// A setting kept beside the documents, such as a generated secret.
    ///
    /// # Errors
    /// None at present: settings are in memory.
    pub fn meta(&self, key: &str) -> Result<Option<String>, MetaError> {
        Ok(self.committer.meta(key))
    }

    /// Keeps a setting; it is on disk when this returns.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), MetaError> {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let (key, value) = (key.to_owned(), value.to_owned());
        self.committer
            .send(Request::Meta { key, value, answer })
            .map_err(|_| MetaError::Closed)?;
        answered.recv().map_err(|_| MetaError::Closed)?
    }
}

#[cfg(test)]
impl Store {
    /// A store on a disk that has room for `pages` pages of it alone.
    pub(crate) fn with_room_for(dir: &Path, pages: u32) -> Self {
        let (disk, loaded) = disk::Disk::open(dir, true).expect("opens");
        disk.limit(pages);
        Self::on(dir, disk, loaded)
    }
}

/// The schema of a component that has one.
fn read_schema(
    component: &ComponentPath,
    schema: Option<&Json>,
) -> Result<Option<Schema>, SchemaError> {
    schema
        .filter(|schema| !schema.is_null())
        .map(|schema| Schema::parse(component, schema))
        .transpose()
}
