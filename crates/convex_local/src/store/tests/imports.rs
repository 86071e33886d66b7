//! Imports: whole tables that are put in place.

use super::*;
use crate::value::{Object, Value};

/// Returns a table with one document, whose id gets the number of the table.
fn table(name: &str, number: Option<u32>, document: Object) -> RestoredTable {
    RestoredTable {
        component: root(),
        name: name.into(),
        number,
        former: Former::Replaced,
        rows: vec![document],
    }
}

async fn import(store: &Store, tables: Vec<RestoredTable>) {
    let restore = Restore {
        tables,
        needed_files: vec![],
    };
    store.restore(restore).await.expect("imports");
}

#[tokio::test]
async fn an_empty_table_that_gives_way_to_an_import_gets_a_number_of_its_own() {
    let Db { store, dir } = db();
    let tables = store.dump().tables(&root());
    let todos = tables.first().expect("the declared table").number;
    let imported = vec![
        table("notes", Some(todos), Object::new()),
        // The number that the next new table would have had.
        table("users", Some(todos + 1), Object::new()),
    ];
    import(&store, imported).await;
    let tables = store.dump().tables(&root());
    let mut numbers: Vec<u32> = tables.iter().map(|table| table.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 3, "{tables:?}");
    let mut tx = store.begin();
    tx.add("ann", 1);
    store.commit(tx).await.expect("commits");
    drop(store);

    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
    let each_one = ["notes", "todos", "users"].map(|name| (name.to_owned(), 1_usize));
    assert_eq!(store.tables(&root()), each_one);
}

#[tokio::test]
async fn after_a_restart_new_documents_are_not_dated_after_an_imported_one_of_the_future() {
    let Db { store, dir } = db();
    let year_2100 = 4_102_444_800_000.0;
    let document = Object::from([("_creationTime".to_owned(), Value::Float64(year_2100))]);
    import(&store, vec![table("notes", None, document)]).await;
    drop(store);

    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
    let mut tx = store.begin();
    let id = tx.add("ann", 1);
    let document = tx.call("get", json!({ "id": id })).expect("reads");
    let created = document["_creationTime"].as_f64().expect("a number");
    assert!(created < year_2100, "{created}");
}
