//! A disk that fails.

use std::path::Path;

use rusqlite::ffi;

use super::*;
use crate::store::disk::refused;

#[test]
fn a_full_disk_is_not_reported_as_a_damaged_database() {
    let of = |code| {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        refused(Path::new("data.sqlite3"), &error)
    };
    for code in [
        ffi::SQLITE_FULL,
        ffi::SQLITE_IOERR_SHMSIZE,
        ffi::SQLITE_CANTOPEN,
    ] {
        assert!(matches!(of(code), OpenError::Refused { .. }));
    }
    for code in [ffi::SQLITE_NOTADB, ffi::SQLITE_CORRUPT] {
        assert!(matches!(of(code), OpenError::Damaged { .. }));
    }
}

#[test]
fn a_database_opens_although_old_requests_cannot_be_deleted() {
    let Db { store, dir } = db();
    drop(store);
    let database = rusqlite::Connection::open(dir.path().join("data.sqlite3")).expect("opens");
    let refusing = "INSERT INTO requests (session, request, ts, result, logs)
            VALUES (x'00', 1, 1, 'null', '[]');
        CREATE TRIGGER no_room BEFORE DELETE ON requests
            BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
    database.execute_batch(refusing).expect("writes");
    drop(database);
    let opened = Store::open(dir.path(), StoreOptions::default());
    assert!(opened.is_ok(), "{opened:?}");
}

#[tokio::test]
async fn after_a_failed_sync_nothing_more_is_committed() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::that_fails_to_confirm(dir.path());
    let mut tx = store.begin();
    tx.add("ann", 1);
    let first = store.commit(tx).await.expect_err("not confirmed");
    assert!(
        first.to_string().contains("takes no more writes"),
        "{first}"
    );
    for n in 2..4 {
        let mut tx = store.begin();
        tx.add("ann", n);
        let error = store.commit(tx).await.expect_err("takes no more");
        assert!(matches!(error, CommitError::DiskFailed(_)), "{error}");
    }
    assert!(store.set_meta("k", "v").is_err());
    // Earlier data can still be read, without the writes that may or may not be on disk.
    assert_eq!(store.tables(&root()), []);
    drop(store);
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
    let mut tx = store.begin();
    tx.add("ann", 5);
    assert!(store.commit(tx).await.is_ok(), "a new start may try again");
}

#[test]
fn the_time_of_a_fresh_folder_starts_now_so_that_clients_of_a_former_one_are_not_ahead() {
    let before = Timestamp(0).next();
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
    assert!(store.latest() >= before);
}
