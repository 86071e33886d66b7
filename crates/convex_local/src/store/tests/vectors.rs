//! Vector search on the data of one moment.

use super::*;
use crate::value::{Object, Value};

fn schema() -> Json {
    json!({ "tables": [{
        "tableName": "foods",
        "indexes": [],
        "vectorIndexes": [{
            "indexDescriptor": "by_embedding", "vectorField": "embedding",
            "dimensions": 2, "filterFields": [],
        }],
        "documentType": { "type": "any" },
    }], "schemaValidation": true })
}

fn add(tx: &mut Transaction, embedding: [f64; 2]) -> String {
    let value = json!({ "embedding": embedding });
    let answer = tx.call("insert", json!({ "table": "foods", "value": value }));
    answer.expect("inserts")["_id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

fn ids(store: &Store, vector: [f64; 2]) -> Vec<String> {
    let query = json!({ "indexName": "foods.by_embedding", "vector": vector, "expressions": null });
    let found = store.vector_search(&root(), &query).expect("searches");
    let hits = found["results"].as_array().expect("a list").iter();
    hits.map(|hit| hit["_id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn a_search_sees_what_is_committed_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
    assert_eq!(
        ids(&store, [1.0, 0.0]),
        Vec::<String>::new(),
        "before there is a table"
    );
    let mut tx = store.begin();
    let before = add(&mut tx, [1.0, 0.1]);
    store.commit(tx).await.expect("commits");
    // The index contains documents from before it was declared.
    store
        .apply_schema(&root(), Some(&schema()))
        .expect("a good schema");
    assert_eq!(ids(&store, [1.0, 0.0]), std::slice::from_ref(&before));
    let mut tx = store.begin();
    let after = add(&mut tx, [1.0, 0.0]);
    assert_eq!(ids(&store, [1.0, 0.0]), std::slice::from_ref(&before));
    store.commit(tx).await.expect("commits");
    assert_eq!(ids(&store, [1.0, 0.0]), [after, before]);
}

#[tokio::test]
async fn an_import_is_found_and_what_it_replaces_is_not() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
    store
        .apply_schema(&root(), Some(&schema()))
        .expect("a good schema");
    let mut tx = store.begin();
    add(&mut tx, [1.0, 0.0]);
    store.commit(tx).await.expect("commits");
    let numbers = [0.0, 1.0].map(Value::Float64).to_vec();
    let row = Object::from([("embedding".to_owned(), Value::Array(numbers))]);
    let table = RestoredTable {
        component: root(),
        name: "foods".into(),
        number: None,
        former: Former::Replaced,
        rows: vec![row],
    };
    let restore = Restore {
        tables: vec![table],
        needed_files: vec![],
    };
    store.restore(restore).await.expect("imports");
    let mut tx = store.begin();
    let page = tx.call(
        "queryPage",
        json!({ "query": { "source": { "type": "FullTableScan", "tableName": "foods" }, "operators": [] },
            "cursor": null, "pageSize": 9 }),
    );
    let page = page.expect("reads")["page"].take();
    assert_eq!(page.as_array().map(Vec::len), Some(1));
    assert_eq!(
        ids(&store, [1.0, 0.0]),
        [page[0]["_id"].as_str().expect("an id")]
    );
}

#[test]
fn invalid_vector_indexes_are_refused_with_convexs_messages() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
    let refusal = |change: &dyn Fn(&mut Json)| {
        let mut schema = schema();
        change(&mut schema["tables"][0]);
        let refused = store.apply_schema(&root(), Some(&schema));
        refused.expect_err("is refused").to_string()
    };
    let narrow = refusal(&|table| table["vectorIndexes"][0]["dimensions"] = json!(1));
    assert!(
        narrow.contains("Dimensions 1 must be between 2 and 4096."),
        "{narrow}"
    );
    let twins = refusal(&|table| {
        let mut twin = table["vectorIndexes"][0].clone();
        twin["indexDescriptor"] = json!("by_other");
        table["vectorIndexes"]
            .as_array_mut()
            .expect("a list")
            .push(twin);
    });
    assert!(twins.contains("have the same `vectorField`"), "{twins}");
    let text = refusal(&|table| {
        let string = json!({ "fieldType": { "type": "string" }, "optional": false });
        table["documentType"] = json!({ "type": "object", "value": { "embedding": string } });
    });
    assert!(text.contains("neither an array of float64"), "{text}");
}
