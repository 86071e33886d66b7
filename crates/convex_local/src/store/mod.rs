//! The data engine: documents, indexes, serialisable transactions, durable commits.
//!
//! All data live in memory as persistent maps (`snapshot`), so that a transaction's snapshot is a free copy and
//! readers never wait. A document is kept as its JSON text, which is also the form on disk and the form that
//! functions get; its fields are parsed where they are needed. SQLite (`disk`) stores the data durably and is read
//! once, at the start. A transaction ([`Transaction`]) works on its own copy and notes the key ranges and searches
//! that it read ([`ReadSet`]). One thread (`committer`) checks these against the commits since; another (`writer`)
//! writes a batch of commits to SQLite, and only then shows them to others.
//!
//! The engine does not depend on functions, clients or tokens.
//!
//! - `model`, `error`, `index`: the basic types
//! - `id`, `name`, `validator`, `schema`: the form of documents; `check`, `apply_schema`: the check of
//!   stored documents
//! - `query`, `index_walk`, `search`, `search_walk`, `filter`, `page`, `cursor`: reading them,
//!   from a `reader`
//! - `entries`: the documents of an index; `filling`: indexes built at once
//! - `vector`, `vector_search`: `ctx.vectorSearch()`
//! - `transact`: begin, run, commit, retry; `turns`: fairness between transactions
//! - `syscall`: the database system calls of the functions library; `usage`: their limits
//! - `system`, `jobs`, `crons`, `files`: the tables that the backend fills itself
//! - `dump`: all documents of a moment, for exports
//! - `restore`: whole tables put in place, for imports
//! - `rows`: rows of the tables of the backend itself
//! - `requests`: the committed mutations of clients

mod apply_schema;
mod changes;
mod check;
mod committer;
mod crons;
mod cursor;
mod disk;
mod dump;
mod entries;
mod error;
mod files;
mod filling;
mod filter;
mod id;
mod index;
mod index_walk;
mod jobs;
mod model;
mod name;
mod page;
mod published;
mod query;
mod read_set;
mod reader;
mod requests;
mod restore;
mod rows;
mod schema;
mod search;
mod search_walk;
mod snapshot;
mod syscall;
mod system;
mod transact;
mod transaction;
mod turns;
mod usage;
mod validator;
mod vector;
mod vector_search;
mod writer;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::broadcast;
use uuid::Uuid;

pub(crate) use crons::CronRow;
pub(crate) use dump::{Dump, DumpedTable};
pub use error::{CommitError, DbError, MetaError, OpenError};
pub(crate) use files::StoredFile;
pub(crate) use id::DocumentId;
pub(crate) use jobs::{Job, JobKey, JobState, NewJob};
pub use model::{Commit, ComponentPath, Timestamp};
pub(crate) use name::check_table_name;
pub use read_set::ReadSet;
pub(crate) use read_set::TableName;
pub(crate) use requests::{RequestKey, RequestRecord};
pub(crate) use restore::{Former, Restore, RestoreError, RestoredTable};
pub use schema::SchemaError;
pub(crate) use system::{EXPORTS, IMPORTS};
pub(crate) use transact::{Admittance, Free};
pub use transaction::{Savepoint, Transaction};
pub(crate) use turns::WorkKind;
pub(crate) use usage::TransactionLimits;
pub use validator::{ValidationError, Validator, ValidatorParseError};

use committer::Committer;
use cursor::CursorKey;
use published::Accepted;
use turns::Turns;

/// The options of a store.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Whether a commit waits for the disk (`synchronous=FULL`); on by default. If off, a power cut
    /// may lose the last commits; a crash of the process alone does not.
    pub durable: bool,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { durable: true }
    }
}

/// The database. Clones are cheap and share it; the last one closes it.
#[derive(Clone, Debug)]
pub struct Store {
    committer: Arc<Committer>,
    turns: Arc<Turns>,
    cursors: Arc<CursorKey>,
    dir: Arc<Path>,
}

impl Store {
    /// Opens the database in the folder `dir`, creating both if necessary.
    ///
    /// # Errors
    /// When another process has it open, when the file is not a database of this program, or is damaged or of a newer
    /// version (it is left unchanged), or when the disk refuses.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<Self, OpenError> {
        let (disk, loaded) = disk::Disk::open(dir, options.durable)?;
        Ok(Self::on(dir, disk, loaded))
    }

    fn on(dir: &Path, disk: disk::Disk, loaded: disk::Loaded) -> Self {
        Self {
            cursors: Arc::new(CursorKey::new(&loaded.cursor_secret)),
            committer: Arc::new(Committer::start(disk, loaded)),
            turns: Arc::default(),
            dir: Arc::from(dir),
        }
    }

    /// Returns whether the disk has failed. Nothing more is written then, and a refused commit may be on disk all the
    /// same, which the next start shows.
    pub(crate) fn disk_has_failed(&self) -> bool {
        self.committer.disk_failure.get().is_some()
    }

    /// Returns a transaction on the newest snapshot.
    pub fn begin(&self) -> Transaction {
        self.transaction(self.snapshot())
    }

    /// Returns a transaction on the newest snapshot, even if it is not on disk yet.
    fn begin_on(&self, accepted: Accepted) -> Transaction {
        self.transaction(accepted.head).under(accepted.epoch)
    }

    fn transaction(&self, snapshot: snapshot::Snapshot) -> Transaction {
        let counters = self.committer.counters.clone();
        Transaction::new(snapshot, counters, self.cursors.clone())
    }

    /// Returns a transaction for reading on the snapshot at `ts`, if that is at most a minute and about a thousand
    /// commits old.
    pub fn begin_at(&self, ts: Timestamp) -> Option<Transaction> {
        let snapshot = self.committer.published.at(ts)?;
        Some(self.transaction(snapshot))
    }

    /// Returns the timestamp of the newest snapshot.
    pub fn latest(&self) -> Timestamp {
        self.snapshot().ts
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
        let pass = self.turns.pass().await;
        self.committer.commit(tx, pass).await
    }

    /// Returns the results of a client session's committed mutations and the times of their commits, as
    /// far as they are kept (a day).
    pub(crate) async fn requests(
        &self,
        session: Uuid,
    ) -> Result<Vec<(RequestRecord, Timestamp)>, MetaError> {
        let found = self
            .committer
            .alone(move |exclusive| exclusive.disk.requests(session));
        let found = found.await.map_err(|_| MetaError::Closed)?;
        found.map_err(|error| MetaError::Storage(error.to_string()))
    }

    /// Returns a receiver of every commit from now on, in order.
    pub fn commits(&self) -> broadcast::Receiver<Arc<Commit>> {
        self.committer.published.follow()
    }

    /// Returns the folder that the database is in.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the newest data.
    fn snapshot(&self) -> snapshot::Snapshot {
        self.committer.published.newest()
    }

    /// Returns the app's tables in a component with their document counts, by name.
    pub fn tables(&self, component: &ComponentPath) -> Vec<(String, usize)> {
        let snapshot = self.snapshot();
        let tables = snapshot
            .components
            .get(component)
            .map(|component| &component.tables);
        let tables = tables.into_iter().flatten();
        tables
            .filter(|(name, _)| !name::is_system(name))
            .map(|(name, table)| (name.clone(), table.len()))
            .collect()
    }

    /// Returns a setting kept beside the documents, such as a generated secret.
    ///
    /// # Errors
    /// None at present: settings are in memory.
    pub fn meta(&self, key: &str) -> Result<Option<String>, MetaError> {
        Ok(self.committer.published.meta(key))
    }

    /// Stores a setting; it is on disk when this returns.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), MetaError> {
        let (key, value) = (key.to_owned(), value.to_owned());
        let kept = self.committer.alone_blocking(move |exclusive| {
            let kept = exclusive.disk.set_meta(&key, &value);
            kept.map(|()| exclusive.published.set_meta(key, value))
        });
        let kept = kept.map_err(|_| MetaError::Closed)?;
        kept.map_err(|error| MetaError::Storage(error.to_string()))
    }
}

#[cfg(test)]
impl Store {
    /// Opens a store on a disk that has room for only `pages` pages.
    pub(crate) fn with_room_for(dir: &Path, pages: u32) -> Self {
        let (disk, loaded) = disk::Disk::open(dir, true).expect("opens");
        disk.limit(pages);
        Self::on(dir, disk, loaded)
    }

    /// Opens a store on a disk that fails to confirm the first write.
    pub(crate) fn that_fails_to_confirm(dir: &Path) -> Self {
        let (mut disk, loaded) = disk::Disk::open(dir, true).expect("opens");
        disk.fail_to_confirm();
        Self::on(dir, disk, loaded)
    }
}
