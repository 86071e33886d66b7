//! The memory that many small documents take. Run the test by itself, so that nothing else is counted:
//! `cargo test --lib -- --ignored --nocapture many_documents_take_little_memory`.

use std::time::Instant;

use rusqlite::{Connection, params};

use super::super::id::DocumentId;
use super::*;

const DOCUMENTS: u32 = 200_000;
/// One million of them in 700 MB.
const MOST_BYTES_EACH: usize = 700;

fn two_fields_and_two_indexes() -> Json {
    let index =
        |field: &str| json!({ "indexDescriptor": format!("by_{field}"), "fields": [field] });
    let string = json!({ "fieldType": { "type": "string" }, "optional": false });
    json!({ "tables": [{
        "tableName": "notes",
        "indexes": [index("author"), index("title")],
        "documentType": { "type": "object", "value": { "author": string, "title": string } },
    }], "schemaValidation": true })
}

/// Returns how many bytes of this process are in memory, if the system reports it.
fn resident() -> Option<usize> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = pages.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// Writes documents directly into the file, because writes through the engine would take memory that counts.
fn fill(dir: &std::path::Path) {
    let store = Store::open(dir, StoreOptions::default()).expect("opens");
    let schema = two_fields_and_two_indexes();
    store
        .apply_schema(&root(), Some(&schema))
        .expect("takes it");
    drop(store);
    let mut file = Connection::open(dir.join("data.sqlite3")).expect("opens");
    let write = file.transaction().expect("begins");
    let table: u32 = write
        .query_row(
            "SELECT number FROM tables WHERE name = 'notes'",
            [],
            |row| row.get(0),
        )
        .expect("has a number");
    for n in 0..DOCUMENTS {
        let id = DocumentId::random(table);
        let document = json!({
            "_creationTime": 1_764_374_739_000.25 + f64::from(n),
            "_id": id.encode(),
            "author": format!("user-{:05}", n % 20_000),
            "title": format!("The title of note number {n}"),
        });
        let sql =
            "INSERT INTO documents (component, table_number, id, json) VALUES ('', ?1, ?2, ?3)";
        let mut insert = write.prepare_cached(sql).expect("is SQL");
        insert
            .execute(params![table, id.internal, document.to_string()])
            .expect("inserts");
    }
    write.commit().expect("commits");
}

#[test]
#[ignore = "reads the memory of the whole process"]
fn many_documents_take_little_memory() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fill(dir.path());
    let Some(before) = resident() else { return };
    let began = Instant::now();
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
    let opened = began.elapsed();
    let schema = two_fields_and_two_indexes();
    store
        .apply_schema(&root(), Some(&schema))
        .expect("takes it");
    let each = (resident().unwrap_or(before) - before) / DOCUMENTS as usize;
    println!(
        "{each} bytes a document; opened in {opened:?}, served in {:?}",
        began.elapsed()
    );
    assert!(each < MOST_BYTES_EACH, "{each} bytes a document");
}
