//! The committed mutations of clients, stored so that a mutation that is sent twice runs once.
//!
//! A record is written with the commit that it belongs to. It is read only when a client reconnects with a session
//! that this process does not know. It exists only in SQLite, because nothing else needs it.
//! (`crates/model/src/session_requests` of the original.)

use std::borrow::Cow;

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::model::Timestamp;
use crate::value::{COMMIT_TS, commit_json_at};

/// How long the mutations of a disconnected client are recognised, in nanoseconds: a day.
const KEPT: u64 = 24 * 3600 * 1_000_000_000;

/// The table of the records.
pub(super) const TABLE: &str = "
    CREATE TABLE requests (
        session BLOB NOT NULL, request INTEGER NOT NULL,
        ts INTEGER NOT NULL, result TEXT NOT NULL, logs TEXT NOT NULL,
        PRIMARY KEY (session, request)
    ) WITHOUT ROWID;
    CREATE INDEX requests_by_ts ON requests (ts);
";

/// Renames the table of layout 2, which distinguished callers, to make room for the present form.
pub(super) const FROM_LAYOUT_2: &str = "
    DROP INDEX requests_by_ts;
    ALTER TABLE requests RENAME TO requests_of_askers;
";

/// Fills the present table from the table of layout 2.
pub(super) const COPY_FROM_LAYOUT_2: &str = "
    INSERT OR IGNORE INTO requests (session, request, ts, result, logs)
        SELECT session, request, ts, result, logs FROM requests_of_askers ORDER BY ts;
    DROP TABLE requests_of_askers;
";

/// The key of a mutation that a client sends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RequestKey {
    /// Chosen by the client when it starts.
    pub(crate) session: Uuid,
    /// Counted by the client. It names the same mutation even if another person is signed in when it is sent again.
    pub(crate) request: u32,
}

/// The result of a committed mutation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestRecord {
    pub(crate) key: RequestKey,
    /// The value, in Convex's JSON encoding as text.
    pub(crate) result: String,
    pub(crate) logs: Vec<String>,
}

pub(super) fn put(
    connection: &Connection,
    record: &RequestRecord,
    ts: Timestamp,
) -> rusqlite::Result<usize> {
    let RequestRecord { key, result, logs } = record;
    let logs = serde_json::Value::from(logs.as_slice()).to_string();
    let ts = i64::try_from(ts.0).unwrap_or(i64::MAX);
    let result = committed(result, ts);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO requests (session, request, ts, result, logs) \
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            key.session.as_bytes(),
            key.request,
            ts,
            result,
            logs
        ])
}

/// Returns a result with the time of the commit in place of its placeholder.
fn committed(result: &str, ts: i64) -> Cow<'_, str> {
    let pending = result.contains(COMMIT_TS);
    let value = pending.then(|| serde_json::from_str(result).ok()).flatten();
    value.map_or(Cow::Borrowed(result), |mut value| {
        commit_json_at(&mut value, ts);
        Cow::Owned(value.to_string())
    })
}

/// Returns the results of a session's last mutations, with the times of their commits.
pub(super) fn of_session(
    connection: &Connection,
    session: Uuid,
) -> rusqlite::Result<Vec<(RequestRecord, Timestamp)>> {
    let mut rows = connection.prepare_cached(
        "SELECT request, ts, result, logs FROM requests WHERE session = ?1 \
         ORDER BY request DESC LIMIT 1000",
    )?;
    let rows = rows.query_map([session.as_bytes()], |row| {
        let logs: String = row.get(3)?;
        let ts: i64 = row.get(1)?;
        let record = RequestRecord {
            key: RequestKey {
                session,
                request: row.get(0)?,
            },
            result: row.get(2)?,
            logs: serde_json::from_str(&logs).unwrap_or_default(),
        };
        Ok((record, Timestamp(ts.unsigned_abs())))
    })?;
    rows.collect()
}

/// Deletes records that are older than [`KEPT`].
pub(super) fn forget_old(connection: &Connection, now: Timestamp) -> rusqlite::Result<usize> {
    let before = i64::try_from(now.0.saturating_sub(KEPT)).unwrap_or(i64::MAX);
    connection.execute("DELETE FROM requests WHERE ts < ?1", [before])
}
