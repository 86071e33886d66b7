//! The guarantees of the engine, tested from the outside.

use serde_json::{Value as Json, json};

use super::*;

mod contention;
mod crash;
mod faults;
mod hostile;
mod imports;
mod limits;
mod memory;
mod pages;
mod schemas;
mod search;
mod vectors;

fn root() -> ComponentPath {
    ComponentPath::root()
}

fn schema() -> Json {
    json!({ "tables": [{
        "tableName": "todos",
        "indexes": [{ "indexDescriptor": "by_user", "fields": ["user"] },
                    { "indexDescriptor": "by_user_rank", "fields": ["user", "rank"] }],
        "documentType": { "type": "object", "value": {
            "user": { "fieldType": { "type": "string" }, "optional": false },
            "rank": { "fieldType": { "type": "number" }, "optional": false },
            "note": { "fieldType": { "type": "string" }, "optional": true },
        }},
    }], "schemaValidation": true })
}

struct Db {
    store: Store,
    dir: tempfile::TempDir,
}

fn db() -> Db {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
    store
        .apply_schema(&root(), Some(&schema()))
        .expect("a good schema");
    Db { store, dir }
}

trait Calls {
    fn add(&mut self, user: &str, rank: i32) -> String;
    fn call(&mut self, op: &str, args: Json) -> Result<Json, DbError>;
    fn ranks(&mut self, query: Json) -> Vec<f64>;
}

impl Calls for Transaction {
    fn add(&mut self, user: &str, rank: i32) -> String {
        let value = json!({ "user": user, "rank": rank });
        let answer = self.call("insert", json!({ "table": "todos", "value": value }));
        answer.expect("inserts")["_id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    fn call(&mut self, op: &str, args: Json) -> Result<Json, DbError> {
        self.syscall(&root(), &format!("1.0/{op}"), args)
    }

    fn ranks(&mut self, query: Json) -> Vec<f64> {
        let opened = self
            .call("queryStream", json!({ "query": query }))
            .expect("opens");
        let id = opened["queryId"].clone();
        let mut ranks = Vec::new();
        loop {
            let next = self
                .call("queryStreamNext", json!({ "queryId": id }))
                .expect("reads");
            if next["done"] == true {
                return ranks;
            }
            ranks.push(next["value"]["rank"].as_f64().expect("a rank"));
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "called with `json!` literals"
)]
fn by_user(user: &str, more: &[Json], order: &str, operators: Json) -> Json {
    let mut range = vec![json!({ "type": "Eq", "fieldPath": "user", "value": user })];
    range.extend_from_slice(more);
    json!({
        "source": { "type": "IndexRange", "indexName": "todos.by_user_rank", "range": range, "order": order },
        "operators": operators,
    })
}

#[tokio::test]
async fn an_error_in_a_query_that_is_read_ahead_is_returned_each_time() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    for rank in [1, 2, 3] {
        tx.add("ann", rank);
    }
    // The filter is true for the first two documents. For the third its result is no boolean.
    let negative = json!({ "$lt": [{ "$field": "rank" }, { "$literal": 3 }] });
    let filter = json!({ "$or": [negative, { "$field": "rank" }] });
    let query = by_user("ann", &[], "asc", json!([{ "filter": filter }]));
    let args = json!({ "query": query });
    let stream = tx.open_stream(&root(), args).expect("opens");
    assert_eq!(tx.read_stream(stream, 8).map(|read| read.len()), Ok(2));
    let refused = tx.read_stream(stream, 8);
    assert!(refused.is_err());
    assert_eq!(tx.read_stream(stream, 8), refused);
}

/// Reading in steps of any size depends on the same documents as reading one by one.
#[tokio::test]
async fn a_transaction_depends_on_what_it_has_read_ahead() {
    for (order, count, written, touched) in [
        ("asc", 2, 1, true),
        ("asc", 2, 3, false),
        ("asc", 9, 7, true),
        ("desc", 2, 3, true),
        ("desc", 2, 2, false),
    ] {
        let Db { store, .. } = db();
        let mut tx = store.begin();
        for rank in [1, 2, 3, 4] {
            tx.add("ann", rank);
        }
        store.commit(tx).await.expect("commits");
        let mut reading = store.begin();
        let query = by_user("ann", &[], order, json!([]));
        let args = json!({ "query": query });
        let stream = reading.open_stream(&root(), args).expect("opens");
        reading.read_stream(stream, count).expect("reads");
        let mut commits = store.commits();
        let mut tx = store.begin();
        tx.add("ann", written);
        store.commit(tx).await.expect("commits");
        let commit = commits.try_recv().expect("is told");
        let depends = reading.into_read_set().invalidated_by(&commit);
        assert_eq!(depends, touched, "{order} {count} {written}");
    }
}

#[tokio::test]
async fn a_document_that_is_refused_makes_no_table() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    tx.add("ann", 1);
    let huge = json!({ "text": "x".repeat(2 << 20) });
    let refused = tx.call("insert", json!({ "table": "others", "value": huge }));
    assert!(refused.is_err());
    store.commit(tx).await.expect("commits");
    assert_eq!(store.tables(&root()), [("todos".to_owned(), 1)]);
}

/// A commit either takes over the data that its transaction saw, or is applied after others.
/// Both ways lead to the data that a restart finds.
#[tokio::test]
async fn sequential_and_concurrent_commits_leave_what_is_on_disk() {
    let Db { store, dir } = db();
    for round in 0..4 {
        let (mut first, mut second) = (store.begin(), store.begin());
        first.add("ann", round);
        second.add("bob", round);
        store.commit(first).await.expect("commits");
        store.commit(second).await.expect("commits");
    }
    let read = |store: &Store| {
        let all = json!([]);
        let users = ["ann", "bob"];
        users.map(|user| store.begin().ranks(by_user(user, &[], "asc", all.clone())))
    };
    let (before, ts) = (read(&store), store.latest());
    assert_eq!(before, [[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0]]);
    drop(store);
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
    store
        .apply_schema(&root(), Some(&schema()))
        .expect("a good schema");
    assert_eq!((read(&store), store.latest()), (before, ts));
}

#[tokio::test]
async fn documents_survive_a_restart() {
    let Db { store, dir } = db();
    let mut tx = store.begin();
    let id = tx.add("ann", 1);
    let ts = store.commit(tx).await.expect("commits");
    store.set_meta("secret", "kept").expect("keeps");
    drop(store);
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
    assert_eq!(store.latest(), ts);
    assert_eq!(store.meta("secret"), Ok(Some("kept".to_owned())));
    let document = store
        .begin()
        .call("get", json!({ "id": id }))
        .expect("reads");
    assert_eq!(document["user"], "ann");
    assert_eq!(document["_id"], id.as_str());
}

#[tokio::test]
async fn ranges_orders_filters_and_limits() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    for rank in [3, 1, 2, 5, 4] {
        tx.add("ann", rank);
        tx.add("bob", rank * 10);
    }
    // Own writes are visible before the commit, others' are not.
    let all = [1.0, 2.0, 3.0, 4.0, 5.0];
    assert_eq!(tx.ranks(by_user("ann", &[], "asc", json!([]))), all);
    assert!(
        store
            .begin()
            .ranks(by_user("ann", &[], "asc", json!([])))
            .is_empty()
    );
    store.commit(tx).await.expect("commits");
    let mut tx = store.begin();
    let between = [
        json!({ "type": "Gt", "fieldPath": "rank", "value": 1 }),
        json!({ "type": "Lte", "fieldPath": "rank", "value": 4 }),
    ];
    assert_eq!(
        tx.ranks(by_user("ann", &between, "desc", json!([]))),
        [4.0, 3.0, 2.0]
    );
    let odd = json!([
        { "filter": { "$eq": [{ "$mod": [{ "$field": "rank" }, { "$literal": 2 }] }, { "$literal": 1 }] } },
        { "limit": 2 },
    ]);
    assert_eq!(tx.ranks(by_user("ann", &[], "asc", odd)), [1.0, 3.0]);
    let scan = json!({ "source": { "type": "FullTableScan", "tableName": "todos", "order": "asc" },
        "operators": [{ "filter": { "$eq": [{ "$field": "user" }, { "$literal": "ann" }] } }] });
    assert_eq!(tx.ranks(scan), [3.0, 1.0, 2.0, 5.0, 4.0]);
}

#[tokio::test]
async fn a_transaction_conflicts_only_with_what_it_read() {
    let Db { store, .. } = db();
    let mut reader = store.begin();
    let mut bystander = store.begin();
    assert!(
        reader
            .ranks(by_user("ann", &[], "asc", json!([])))
            .is_empty()
    );
    assert!(
        bystander
            .ranks(by_user("bob", &[], "asc", json!([])))
            .is_empty()
    );
    reader.add("ann", 1);
    bystander.add("bob", 1);
    let mut writer = store.begin();
    writer.add("ann", 7);
    store.commit(writer).await.expect("commits");
    assert_eq!(store.commit(reader).await, Err(CommitError::Conflict));
    assert!(store.commit(bystander).await.is_ok());
}

#[tokio::test]
async fn a_limited_read_depends_only_on_what_it_looked_at() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    tx.add("ann", 1);
    tx.add("ann", 2);
    store.commit(tx).await.expect("commits");
    let mut commits = store.commits();
    let mut first = store.begin();
    assert_eq!(
        first.ranks(by_user("ann", &[], "asc", json!([{ "limit": 1 }]))),
        [1.0]
    );
    let read = first.into_read_set();
    for (rank, changes) in [(9, false), (0, true)] {
        let mut tx = store.begin();
        tx.add("ann", rank);
        store.commit(tx).await.expect("commits");
        let commit = commits.recv().await.expect("is told");
        assert_eq!(read.invalidated_by(&commit), changes, "rank {rank}");
    }
}

#[tokio::test]
async fn a_rollback_to_a_savepoint_undoes_writes() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    let kept = tx.add("ann", 1);
    let savepoint = tx.savepoint();
    tx.add("ann", 2);
    tx.call("remove", json!({ "id": kept })).expect("removes");
    tx.rollback_to(savepoint);
    store.commit(tx).await.expect("commits");
    assert_eq!(
        store.begin().ranks(by_user("ann", &[], "asc", json!([]))),
        [1.0]
    );
}

#[tokio::test]
async fn patches_replace_and_remove() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    let id = tx.add("ann", 1);
    tx.call(
        "shallowMerge",
        json!({ "id": id, "value": { "note": "n", "rank": 2 } }),
    )
    .expect("patches");
    tx.call(
        "shallowMerge",
        json!({ "id": id, "value": { "note": { "$undefined": null } } }),
    )
    .expect("patches");
    let document = tx.call("get", json!({ "id": id })).expect("reads");
    assert_eq!((&document["rank"], document.get("note")), (&json!(2), None));
    let text = |result: Result<Json, DbError>| result.expect_err("is refused").to_string();
    assert!(
        text(tx.call(
            "shallowMerge",
            json!({ "id": id, "value": { "rank": "x" } })
        ))
        .contains("Path: .rank")
    );
    assert!(
        text(tx.call("replace", json!({ "id": id, "value": { "_id": "other" } }))).contains("_id")
    );
    tx.call("remove", json!({ "id": id })).expect("removes");
    assert_eq!(
        text(tx.call("remove", json!({ "id": id }))),
        format!("Delete on nonexistent document ID {id}")
    );
    assert_eq!(tx.call("get", json!({ "id": id })), Ok(Json::Null));
}

#[tokio::test]
async fn components_do_not_see_each_other() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    let id = tx.add("ann", 1);
    let other = ComponentPath::new("betterAuth");
    assert_eq!(
        tx.syscall(&other, "1.0/get", json!({ "id": id })),
        Ok(Json::Null)
    );
    let normalized = tx.call(
        "db/normalizeId",
        json!({ "table": "todos", "idString": id }),
    );
    assert_eq!(normalized, Ok(json!({ "id": id })));
    let foreign = tx.syscall(
        &other,
        "1.0/db/normalizeId",
        json!({ "table": "todos", "idString": id }),
    );
    assert_eq!(foreign, Ok(json!({ "id": null })));
}

#[tokio::test]
async fn an_id_of_another_table_is_refused_even_when_its_document_is_gone() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    let id = tx.add("ann", 1);
    tx.call("remove", json!({ "id": id })).expect("removes");
    for op in ["get", "remove"] {
        let refused = tx.call(op, json!({ "id": id, "table": "users" }));
        let text = refused.expect_err("of another table").to_string();
        assert!(text.contains("expected to be an Id<\"users\">"), "{text}");
    }
    assert_eq!(
        tx.call("get", json!({ "id": id, "table": "todos" })),
        Ok(Json::Null)
    );
}

#[tokio::test]
async fn a_schema_that_stored_documents_break_is_refused() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    let id = tx.add("ann", 1);
    store.commit(tx).await.expect("commits");
    let mut stricter = schema();
    stricter["tables"][0]["documentType"]["value"]["rank"]["fieldType"]["type"] = json!("string");
    let refused = store
        .apply_schema(&root(), Some(&stricter))
        .expect_err("does not match");
    let expected = format!(
        "Schema validation failed.\nDocument with ID \"{id}\" in table \"todos\" does not match the \
         schema: Value does not match validator.\nPath: .rank\nValue: 1.0\nValidator: v.string()"
    );
    assert_eq!(refused.to_string(), expected);
    let looked_at = store.check_schema(&root(), Some(&stricter));
    assert_eq!(looked_at.expect_err("the same").to_string(), expected);
    assert!(store.check_schema(&root(), None).is_ok());
    // The former schema is still in force.
    assert!(
        store
            .begin()
            .call("insert", json!({ "table": "todos", "value": {} }))
            .is_err()
    );
}

#[tokio::test]
async fn an_index_added_later_contains_existing_documents() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
    let mut tx = store.begin();
    tx.add("ann", 2);
    tx.add("ann", 1);
    store.commit(tx).await.expect("commits");
    let missing = store.begin().call(
        "queryStream",
        json!({ "query": by_user("ann", &[], "asc", json!([])) }),
    );
    assert_eq!(
        missing,
        Err(DbError::new("Index todos.by_user_rank not found."))
    );
    store
        .apply_schema(&root(), Some(&schema()))
        .expect("a good schema");
    assert_eq!(
        store.begin().ranks(by_user("ann", &[], "asc", json!([]))),
        [1.0, 2.0]
    );
}

#[test]
fn a_second_process_a_foreign_file_and_a_newer_file_are_refused_untouched() {
    let Db { store, dir } = db();
    let second = Store::open(dir.path(), StoreOptions::default());
    assert!(matches!(second, Err(OpenError::InUse { .. })));
    drop(store);
    let file = dir.path().join("data.sqlite3");
    let newer = rusqlite::Connection::open(&file).expect("opens");
    newer
        .pragma_update(None, "user_version", 99)
        .expect("writes");
    drop(newer);
    let refused = Store::open(dir.path(), StoreOptions::default());
    assert!(matches!(refused, Err(OpenError::Newer { found: 99, .. })));
    std::fs::write(
        &file,
        b"this is not a database, and longer than a header of one",
    )
    .expect("writes");
    let refused = Store::open(dir.path(), StoreOptions::default());
    assert!(matches!(refused, Err(OpenError::Damaged { .. })));
    assert!(
        std::fs::read(&file)
            .expect("reads")
            .starts_with(b"this is not")
    );
}

#[tokio::test]
async fn recent_snapshots_can_be_read() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    tx.add("ann", 1);
    let ts = store.commit(tx).await.expect("commits");
    let mut tx = store.begin();
    tx.add("ann", 2);
    store.commit(tx).await.expect("commits");
    let mut then = store.begin_at(ts).expect("is kept");
    assert_eq!(then.ranks(by_user("ann", &[], "asc", json!([]))), [1.0]);
}
