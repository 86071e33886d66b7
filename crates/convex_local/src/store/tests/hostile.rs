//! What must hold when a client, a function, a schema or the disk does not play along.

use serde_json::{Value as Json, json};

use super::*;

/// A cursor comes from a client: whatever key it contains, a page stays within its query.
#[tokio::test]
async fn a_forged_cursor_does_not_reach_past_the_range_of_its_query() {
    use crate::store::cursor::Cursor;
    use crate::store::page::fingerprint;

    let Db { store, .. } = db();
    let mut tx = store.begin();
    for user in ["ann", "bob", "cid"] {
        tx.add(user, 1);
        tx.add(user, 2);
    }
    for order in ["asc", "desc"] {
        let mut page = |cursor: &Json, end: &Json| {
            let query = by_user("bob", &[], order, json!([]));
            let args = json!({ "query": query, "cursor": cursor, "endCursor": end, "pageSize": 1 });
            tx.call("queryPage", args).expect("a page")
        };
        let query = fingerprint(&root(), &by_user("bob", &[], order, json!([])));
        for key in [[0u8; 4], [0xfe; 4]] {
            // As if the client knew the secret.
            let forged = store.cursors.seal(&Cursor::After(key.to_vec()), &query);
            let forged = json!(forged.expect("seals"));
            for (cursor, end) in [
                (&forged, &Json::Null),
                (&Json::Null, &forged),
                (&forged, &forged),
            ] {
                let page = page(cursor, end);
                let documents = page["page"].as_array().expect("rows");
                assert!(
                    documents.iter().all(|document| document["user"] == "bob"),
                    "{order}, from {cursor} to {end}: {documents:?}"
                );
            }
        }
    }
}

/// A mutation that was sent to an older version of the backend is recognised, even if another person is signed in now.
#[tokio::test]
async fn requests_of_the_second_layout_are_migrated() {
    let Db { store, dir } = db();
    let mut tx = store.begin();
    tx.add("ann", 1);
    let ts = store.commit(tx).await.expect("commits");
    drop(store);
    let session = uuid::Uuid::new_v4();
    let database = rusqlite::Connection::open(dir.path().join("data.sqlite3")).expect("opens");
    let older = "DROP TABLE requests;
        CREATE TABLE requests (
            session BLOB NOT NULL, request INTEGER NOT NULL, asker TEXT NOT NULL,
            ts INTEGER NOT NULL, result TEXT NOT NULL, logs TEXT NOT NULL,
            PRIMARY KEY (session, request, asker)
        ) WITHOUT ROWID;
        CREATE INDEX requests_by_ts ON requests (ts);
        PRAGMA user_version = 2";
    database.execute_batch(older).expect("an older file");
    let row = "INSERT INTO requests VALUES (?1, 7, 'ann', ?2, '5', '[]')";
    let ts = i64::try_from(ts.0).expect("of this century");
    database
        .execute(row, rusqlite::params![session.as_bytes(), ts])
        .expect("an older row");
    drop(database);
    for _ in 0..2 {
        let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
        let kept = store.requests(session).await.expect("reads");
        let results: Vec<_> = kept
            .iter()
            .map(|(record, _)| (record.key.request, record.result.as_str()))
            .collect();
        assert_eq!(results, [(7, "5")]);
    }
}

/// Files without a table of requests are migrated to the present layout.
#[tokio::test]
async fn a_file_of_the_first_layout_is_migrated() {
    let Db { store, dir } = db();
    let mut tx = store.begin();
    let id = tx.add("ann", 1);
    store.commit(tx).await.expect("commits");
    drop(store);
    let database = rusqlite::Connection::open(dir.path().join("data.sqlite3")).expect("opens");
    let older = "DROP TABLE requests; PRAGMA user_version = 1";
    database.execute_batch(older).expect("an older file");
    drop(database);
    for _ in 0..2 {
        let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
        let kept = store.requests(uuid::Uuid::new_v4()).await;
        assert_eq!(kept, Ok(vec![]));
        let document = store.begin().call("get", json!({ "id": id }));
        assert_eq!(document.expect("reads")["user"], "ann");
    }
}

#[test]
fn a_range_that_ends_before_it_starts_is_empty() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    tx.add("ann", 3);
    // After this read, the inverted range is one of several.
    assert_eq!(tx.ranks(by_user("ann", &[], "asc", json!([]))), [3.0]);
    let inverted = [
        json!({ "type": "Gt", "fieldPath": "rank", "value": 5 }),
        json!({ "type": "Lt", "fieldPath": "rank", "value": 2 }),
    ];
    for order in ["asc", "desc"] {
        for user in ["ann", "bob"] {
            let ranks = tx.ranks(by_user(user, &inverted, order, json!([])));
            assert!(ranks.is_empty(), "{user}, {order}");
        }
    }
}

#[tokio::test]
async fn a_transaction_checked_against_a_former_schema_is_run_again() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    tx.add("ann", 1);
    let mut stricter = schema();
    stricter["tables"][0]["documentType"]["value"]["rank"]["fieldType"]["type"] = json!("string");
    store
        .apply_schema(&root(), Some(&stricter))
        .expect("no document is stored yet");
    assert_eq!(store.commit(tx).await, Err(CommitError::Conflict));
    let tables = store.tables(&root());
    assert_eq!(tables, [("todos".to_owned(), 0)]);
}

#[tokio::test]
async fn a_write_that_the_disk_refuses_leaves_no_trace_and_the_store_keeps_working() {
    let Db { store, dir } = db();
    let other = rusqlite::Connection::open(dir.path().join("data.sqlite3")).expect("opens");
    let rename = |from, to| {
        other
            .execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}"))
            .expect("renames");
    };
    rename("documents", "away");
    let mut tx = store.begin();
    let id = tx.add("ann", 1);
    let refused = store.commit(tx).await;
    assert!(matches!(refused, Err(CommitError::Storage(_))));
    let found = store.begin().call("get", json!({ "id": id }));
    assert_eq!(found, Ok(Json::Null));
    rename("away", "documents");
    let mut tx = store.begin();
    tx.add("ann", 2);
    store.commit(tx).await.expect("commits again");
    let ranks = store.begin().ranks(by_user("ann", &[], "asc", json!([])));
    assert_eq!(ranks, [2.0]);
}

/// A mutation without room fails, existing data stay, and a mutation that makes room succeeds.
#[tokio::test]
async fn a_full_disk_refuses_writes_and_the_store_keeps_working() {
    let Db { store, dir } = db();
    drop(store);
    let store = Store::with_room_for(dir.path(), 40);
    store.apply_schema(&root(), Some(&schema())).expect("fits");
    let mut written = Vec::new();
    let refused = loop {
        let mut tx = store.begin();
        let user = "x".repeat(10_000);
        let id = tx.add(&user, 1);
        match store.commit(tx).await {
            Ok(_) => written.push(id),
            Err(error) => break error,
        }
    };
    assert_eq!(
        refused.to_string(),
        "The database could not be written: database or disk is full"
    );
    assert!(!written.is_empty());
    assert_eq!(store.tables(&root()), [("todos".to_owned(), written.len())]);
    let mut tx = store.begin();
    let last = json!({ "id": written.pop() });
    tx.call("remove", last).expect("is there");
    store.commit(tx).await.expect("needs no room");
    let mut tx = store.begin();
    tx.add("ann", 2);
    store.commit(tx).await.expect("there is room again");
    drop(store);
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
    assert_eq!(
        store.tables(&root()),
        [("todos".to_owned(), written.len() + 1)]
    );
}

/// The newest commits are in the write-ahead log only, as after a crash.
#[tokio::test]
async fn a_damaged_database_is_refused_and_its_log_left_alone() {
    let Db { store, dir } = db();
    for rank in 0..100 {
        let mut tx = store.begin();
        tx.add("ann", rank);
        store.commit(tx).await.expect("commits");
    }
    let file = |dir: &tempfile::TempDir, name: &str| dir.path().join(name);
    let other = rusqlite::Connection::open(file(&dir, "data.sqlite3")).expect("opens");
    other
        .execute_batch("PRAGMA wal_checkpoint(PASSIVE)")
        .expect("moves the log into the file");
    let mut tx = store.begin();
    tx.add("bob", 1);
    store.commit(tx).await.expect("commits");
    let copy = tempfile::tempdir().expect("a temporary folder");
    let names = ["data.sqlite3", "data.sqlite3-wal"];
    for name in names {
        std::fs::copy(file(&dir, name), file(&copy, name)).expect("copies");
    }
    let mut bytes = std::fs::read(file(&copy, names[0])).expect("reads");
    bytes[4096..4296].fill(0x5a);
    std::fs::write(file(&copy, names[0]), &bytes).expect("writes");
    let contents = || names.map(|name| std::fs::read(file(&copy, name)).ok());
    let before = contents();
    let refused = Store::open(copy.path(), StoreOptions::default());
    assert!(matches!(refused, Err(OpenError::Damaged { .. })));
    assert!(contents() == before, "the files were changed");
}
