//! The data on disk: one SQLite file with the current documents, read once and written in batches.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, params};
use uuid::Uuid;

use super::cursor;
use super::error::{CommitError, OpenError};
use super::filling::Filling;
use super::id::DocumentId;
use super::model::{ComponentPath, Document, Parsed, Timestamp};
use super::requests::{self, RequestRecord};
use super::snapshot::Snapshot;
use crate::private;
use crate::value::Value;

/// The version of the file's layout; a higher number in a file means a newer program.
const LAYOUT: i32 = 3;
/// Marks the file as ours ("CVXL").
const APPLICATION_ID: i32 = 0x4356_584C;
const FILE: &str = "data.sqlite3";
const LOCK: &str = "lock";
/// How far ahead of the newest commit a creation time may be, in milliseconds. Later ones were imported.
const AHEAD: f64 = 60_000.0;

const SCHEMA: &str = "
    CREATE TABLE tables (
        component TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
        PRIMARY KEY (component, name)
    ) WITHOUT ROWID;
    CREATE TABLE documents (
        component TEXT NOT NULL, table_number INTEGER NOT NULL, id BLOB NOT NULL,
        json TEXT NOT NULL,
        PRIMARY KEY (component, table_number, id)
    ) WITHOUT ROWID;
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
";

/// The key in `meta` of the secret that cursors are encrypted with.
const CURSOR_SECRET: &str = "_cursor_secret";
/// The key in `meta` of the newest timestamp.
const TIMESTAMP: &str = "_timestamp";

/// The content of the file.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) snapshot: Snapshot,
    pub(crate) meta: BTreeMap<String, String>,
    pub(crate) highest_table: u32,
    pub(crate) newest_creation: f64,
    /// The secret that cursors are encrypted with.
    pub(crate) cursor_secret: String,
}

/// One change to the file.
#[derive(Debug)]
pub(crate) enum Change {
    Table {
        component: ComponentPath,
        name: String,
        number: u32,
    },
    Put {
        component: ComponentPath,
        document: Arc<Document>,
    },
    Delete {
        component: ComponentPath,
        id: DocumentId,
    },
    /// The result of a client's mutation, and the time of its commit.
    Request(Box<RequestRecord>, Timestamp),
}

/// The reason why the disk has failed, once it has.
pub(super) type Failure = Arc<OnceLock<String>>;

/// The open file, which is locked while this lives.
#[derive(Debug)]
pub(crate) struct Disk {
    connection: Connection,
    /// The failure after which nothing more is written, because the state of the disk is unknown.
    failed: Failure,
    /// The error of the next write, for tests.
    fault: Option<rusqlite::Error>,
    _lock: File,
}

impl Disk {
    pub(crate) fn open(dir: &Path, durable: bool) -> Result<(Self, Loaded), OpenError> {
        let folder = |error| OpenError::Folder {
            path: dir.to_owned(),
            error,
        };
        private::folder(dir).map_err(folder)?;
        let lock = private::file(&dir.join(LOCK)).map_err(folder)?;
        if lock.try_lock().is_err() {
            return Err(OpenError::InUse {
                path: dir.to_owned(),
            });
        }
        let path = dir.join(FILE);
        if !path.exists() {
            // SQLite creates its log with the mode of the file.
            private::new_file(&path).map_err(folder)?;
        }
        let connection = connect(&path, durable)?;
        let loaded = load(&connection).map_err(|reason| OpenError::Damaged {
            path: path.clone(),
            reason,
        })?;
        let prepared = migrate(&connection).and_then(|()| {
            match requests::forget_old(&connection, loaded.snapshot.ts) {
                Err(error) if leaves_doubt(&error) => return Err(error),
                // The disk may be full. What can be read is served.
                Err(error) => tracing::warn!(%error, "old requests are forgotten later"),
                Ok(_) => {}
            }
            let secret = loaded.meta.get(CURSOR_SECRET);
            if secret.is_none() {
                put_meta(&connection, CURSOR_SECRET, &loaded.cursor_secret)?;
            }
            keep_log_on_close(&connection, false)
        });
        prepared.map_err(|error| refused(&path, &error))?;
        Ok((
            Self {
                connection,
                failed: Failure::default(),
                fault: None,
                _lock: lock,
            },
            loaded,
        ))
    }

    /// Writes changes, all or none, and waits for the disk.
    ///
    /// # Errors
    /// [`CommitError::Storage`] if the disk has refused the write and is unchanged; [`CommitError::DiskFailed`] if
    /// its state is unknown, and from then on always.
    pub(crate) fn write(
        &mut self,
        ts: Timestamp,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<(), CommitError> {
        self.attempt(|connection| {
            let tx = connection.transaction()?;
            for change in changes {
                apply(&tx, &change)?;
            }
            put_meta(&tx, TIMESTAMP, &ts.0.to_string())?;
            tx.commit()
        })
    }

    /// Returns where the failure is noted.
    pub(super) fn failure(&self) -> Failure {
        self.failed.clone()
    }

    fn attempt(
        &mut self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<()>,
    ) -> Result<(), CommitError> {
        if let Some(failure) = self.failed.get() {
            return Err(CommitError::DiskFailed(failure.clone()));
        }
        let done = work(&mut self.connection);
        let done = done.and_then(|()| self.fault.take().map_or(Ok(()), Err));
        done.map_err(|error| {
            let text = error.to_string();
            if leaves_doubt(&error) {
                let text = self.failed.get_or_init(|| text).clone();
                return CommitError::DiskFailed(text);
            }
            CommitError::Storage(text)
        })
    }

    /// Returns the results of a client session's mutations.
    pub(crate) fn requests(
        &self,
        session: Uuid,
    ) -> rusqlite::Result<Vec<(RequestRecord, Timestamp)>> {
        requests::of_session(&self.connection, session)
    }

    /// Deletes results that no client will ask for any more.
    pub(crate) fn forget_requests(&self, now: Timestamp) -> rusqlite::Result<()> {
        requests::forget_old(&self.connection, now).map(drop)
    }

    pub(crate) fn set_meta(&mut self, key: &str, value: &str) -> Result<(), CommitError> {
        self.attempt(|connection| put_meta(connection, key, value))
    }
}

#[cfg(test)]
impl Disk {
    /// Acts as if the disk had room for only `pages` pages.
    pub(crate) fn limit(&self, pages: u32) {
        let limited = self.connection.pragma_update(None, "max_page_count", pages);
        limited.expect("takes the limit");
    }

    /// Acts as if the disk failed to confirm the next write, which is in SQLite's log by then.
    pub(crate) fn fail_to_confirm(&mut self) {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
        self.fault = Some(rusqlite::Error::SqliteFailure(code, None));
    }
}

/// Returns whether this error leaves the state of the disk in doubt: the new data may have been written after all, or
/// old data may be lost. The original stops in this case as well (`crates/database/src/committer.rs`).
fn leaves_doubt(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, SystemIoFailure};
    let code = error.sqlite_error_code();
    matches!(code, Some(SystemIoFailure | DatabaseCorrupt | NotADatabase))
}

fn put_meta(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
        .execute(params![key, value])
        .map(drop)
}

fn apply(connection: &Connection, change: &Change) -> rusqlite::Result<()> {
    match change {
        Change::Table {
            component,
            name,
            number,
        } => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO tables (component, name, number) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![component.as_str(), name, number]),
        Change::Put {
            component,
            document,
        } => connection
            .prepare_cached(
                "INSERT OR REPLACE INTO documents (component, table_number, id, json) \
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                component.as_str(),
                document.id.table,
                document.id.internal,
                document.text()
            ]),
        Change::Delete { component, id } => connection
            .prepare_cached(
                "DELETE FROM documents WHERE component = ?1 AND table_number = ?2 AND id = ?3",
            )?
            .execute(params![component.as_str(), id.table, id.internal]),
        Change::Request(record, ts) => requests::put(connection, record, *ts),
    }
    .map(drop)
}

fn connect(path: &Path, durable: bool) -> Result<Connection, OpenError> {
    let refused = |error: rusqlite::Error| refused(path, &error);
    if path.exists() {
        check_header(path)?;
    }
    let connection = Connection::open(path).map_err(refused)?;
    keep_log_on_close(&connection, true).map_err(refused)?;
    prepare(&connection, durable).map_err(refused)?;
    Ok(connection)
}

/// Returns why the file does not open: because of the disk, or because of its content.
pub(super) fn refused(path: &Path, error: &rusqlite::Error) -> OpenError {
    use rusqlite::ErrorCode::{CannotOpen, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure};
    let (path, reason) = (path.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        // On a full disk SQLite cannot make the file beside its log, which it reports as a failure of the disk.
        Some(CannotOpen | DiskFull | PermissionDenied | ReadOnly | SystemIoFailure) => {
            OpenError::Refused { path, reason }
        }
        _ => OpenError::Damaged { path, reason },
    }
}

/// Sets whether closing keeps the write-ahead log instead of moving it into the file. A file that may be damaged must
/// not change, nor its log, until all of it has been read.
fn keep_log_on_close(connection: &Connection, keep: bool) -> rusqlite::Result<()> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep)
        .map(drop)
}

/// Checks an existing file without writing to it.
fn check_header(path: &Path) -> Result<(), OpenError> {
    let damaged = |reason: String| OpenError::Damaged {
        path: path.to_owned(),
        reason,
    };
    let read = || -> rusqlite::Result<(i32, i32, bool)> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get(0));
        let tables = "SELECT count(*) = 0 FROM sqlite_master";
        let empty = connection.query_row(tables, [], |row| row.get(0))?;
        Ok((number("application_id")?, number("user_version")?, empty))
    };
    match read().map_err(|error| refused(path, &error))? {
        // A start that was interrupted before the first table.
        (0, 0, true) => Ok(()),
        (APPLICATION_ID, found, _) if found > LAYOUT => Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known: LAYOUT,
        }),
        (APPLICATION_ID, 1..=LAYOUT, _) => Ok(()),
        (application, _, _) => Err(damaged(format!("application id {application:#x}"))),
    }
}

fn prepare(connection: &Connection, durable: bool) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", if durable { "FULL" } else { "NORMAL" })?;
    // On macOS a sync without it does not reach the disk; elsewhere it changes nothing.
    connection.pragma_update(None, "fullfsync", durable)?;
    connection.pragma_update(None, "checkpoint_fullfsync", durable)?;
    connection.pragma_update(None, "busy_timeout", 5000)?;
    let fresh: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if fresh == 0 {
        connection.execute_batch(&format!(
            "BEGIN; {SCHEMA} {} PRAGMA application_id = {APPLICATION_ID}; \
             PRAGMA user_version = {LAYOUT}; COMMIT;",
            requests::TABLE
        ))?;
    }
    Ok(())
}

/// Migrates a file of an older layout, which has been read completely, to the current one.
fn migrate(connection: &Connection) -> rusqlite::Result<()> {
    let found: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let (before, after) = match found {
        1 => ("", ""),
        2 => (requests::FROM_LAYOUT_2, requests::COPY_FROM_LAYOUT_2),
        _ => return Ok(()),
    };
    let table = requests::TABLE;
    connection.execute_batch(&format!(
        "BEGIN; {before} {table} {after} PRAGMA user_version = {LAYOUT}; COMMIT;"
    ))
}

fn load(connection: &Connection) -> Result<Loaded, String> {
    let meta = load_meta(connection).map_err(|error| error.to_string())?;
    let secret = meta.get(CURSOR_SECRET).cloned();
    let mut loaded = Loaded {
        snapshot: Snapshot::default(),
        meta,
        cursor_secret: secret.unwrap_or_else(cursor::new_secret),
        highest_table: 0,
        newest_creation: 0.0,
    };
    loaded.snapshot.ts = match loaded.meta.remove(TIMESTAMP) {
        Some(ts) => Timestamp(ts.parse().map_err(|_| "timestamp is no number")?),
        // Newer than any timestamp that clients have seen of earlier data in this folder.
        None => Timestamp(0).next(),
    };
    let names = load_tables(connection, &mut loaded).map_err(|error| error.to_string())?;
    load_documents(connection, &mut loaded, &names)?;
    Ok(loaded)
}

fn load_meta(connection: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let mut rows = connection.prepare("SELECT key, value FROM meta")?;
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

type TableNames = BTreeMap<(String, u32), (ComponentPath, String)>;

fn load_tables(connection: &Connection, loaded: &mut Loaded) -> rusqlite::Result<TableNames> {
    let mut names = TableNames::new();
    let mut rows = connection.prepare("SELECT component, name, number FROM tables")?;
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    for row in rows {
        let (component, name, number): (String, String, u32) = row?;
        let path = ComponentPath::new(&component);
        loaded.snapshot.ensure_table(&path, &name, number);
        loaded.highest_table = loaded.highest_table.max(number);
        names.insert((component, number), (path, name));
    }
    Ok(names)
}

fn load_documents(
    connection: &Connection,
    loaded: &mut Loaded,
    names: &TableNames,
) -> Result<(), String> {
    // In the order of the primary key, so that the documents of a table follow one another.
    let sql = "SELECT component, table_number, id, json FROM documents \
               ORDER BY component, table_number, id";
    let mut rows = connection.prepare(sql).map_err(|error| error.to_string())?;
    let mut rows = rows.query([]).map_err(|error| error.to_string())?;
    let mut filling: Option<(&(ComponentPath, String), Filling)> = None;
    let newest = Duration::from_nanos(loaded.snapshot.ts.0);
    let latest = newest.as_secs_f64() * 1_000.0 + AHEAD;
    while let Some(row) = rows.next().map_err(|error| error.to_string())? {
        let read = || -> rusqlite::Result<(String, u32, [u8; 16], String)> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        };
        let (component, table, internal, json) = read().map_err(|error| error.to_string())?;
        let id = DocumentId { table, internal };
        let bad = |what: &str| format!("document {} {what}", id.encode());
        let place = names
            .get(&(component, table))
            .ok_or_else(|| bad("is in no known table"))?;
        let document =
            Parsed::stored(id, json).map_err(|_| bad("is not the JSON of a Convex value"))?;
        if let Some(Value::Float64(created)) = document.fields.at_path("_creationTime")
            && *created <= latest
        {
            loaded.newest_creation = loaded.newest_creation.max(*created);
        }
        if filling.as_ref().is_none_or(|(former, _)| *former != place) {
            fill(&mut loaded.snapshot, filling.take());
            let table = loaded.snapshot.table(&place.0, &place.1);
            filling = table.map(|table| (place, table.filling()));
        }
        if let Some((_, filling)) = &mut filling {
            filling.push(&document);
        }
    }
    fill(&mut loaded.snapshot, filling);
    Ok(())
}

fn fill(snapshot: &mut Snapshot, filling: Option<(&(ComponentPath, String), Filling)>) {
    if let Some(((component, table), documents)) = filling {
        snapshot.fill(component, table, documents);
    }
}
