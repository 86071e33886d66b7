//! The limits of schemas, documents and transactions, with Convex's messages.

#![expect(
    clippy::needless_pass_by_value,
    reason = "called with `json!` literals"
)]

use super::*;

const HELP: &str = "Consider using smaller limits in your queries, paginating your queries, or \
                    using indexed queries with a selective index range expressions.";

fn text(result: Result<Json, DbError>) -> String {
    result.expect_err("is refused").to_string()
}

/// A store without a schema.
fn free() -> Db {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
    Db { store, dir }
}

fn insert(tx: &mut Transaction, value: Json) -> Result<Json, DbError> {
    tx.call("insert", json!({ "table": "things", "value": value }))
}

fn scan(limit: usize) -> Json {
    json!({ "source": { "type": "FullTableScan", "tableName": "things", "order": null },
            "operators": [{ "limit": limit }] })
}

fn read(tx: &mut Transaction, query: Json) -> Result<usize, DbError> {
    let opened = tx.call("queryStream", json!({ "query": query }))?;
    let mut count = 0;
    while tx.call("queryStreamNext", opened.clone())?["done"] == false {
        count += 1;
    }
    Ok(count)
}

#[test]
fn documents_that_are_too_large_or_deep_are_refused() {
    let Db { store, .. } = free();
    let mut tx = store.begin();
    let large = json!({ "text": "x".repeat(1 << 20) });
    assert_eq!(
        text(insert(&mut tx, large)),
        "Value is too large (1.00 MiB > maximum size 1 MiB)"
    );
    let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert!(insert(&mut tx, json!({ "deep": deep(15) })).is_ok());
    assert_eq!(
        text(insert(&mut tx, json!({ "deep": deep(16) }))),
        "Document is too nested (nested 17 levels deep > maximum nesting 16)"
    );
    assert_eq!(
        text(insert(&mut tx, json!({ "_secret": 1 }))),
        "Field '_secret' starts with an underscore, which is only allowed for system fields like \
         '_id'"
    );
    for name in ["", "1st", "no-dash", &"x".repeat(65)] {
        let refused = tx.call("insert", json!({ "table": name, "value": {} }));
        let expected = format!("Invalid table name: \"{name}\". Identifiers must start with");
        assert!(text(refused).starts_with(&expected), "{name}");
    }
    // The refused documents left nothing behind.
    assert_eq!(read(&mut tx, scan(9)), Ok(1));
}

#[test]
fn a_function_reads_a_limited_amount() {
    let Db { store, .. } = free();
    let mut tx = store.begin();
    let id = insert(&mut tx, json!({ "n": 1 })).expect("inserts")["_id"].clone();
    for _ in 0..32_000 {
        tx.call("get", json!({ "id": id }))
            .expect("within the limit");
    }
    let refused = text(tx.call("get", json!({ "id": id })));
    let expected = "Too many documents read in a single function execution (limit: 32000).";
    assert_eq!(refused, format!("{expected} {HELP}"));

    let mut tx = store.begin();
    for _ in 0..20 {
        insert(&mut tx, json!({ "text": "x".repeat(800_000) })).expect("inserts");
    }
    assert_eq!(read(&mut tx, scan(20)), Ok(20));
    let refused = read(&mut tx, scan(2))
        .expect_err("too many bytes")
        .to_string();
    let expected = "Too many bytes read in a single function execution (limit: 16777216 bytes).";
    assert_eq!(refused, format!("{expected} {HELP}"));
}

#[test]
fn a_function_reads_a_limited_number_of_ranges() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    let mut query = |n: usize| {
        let query = by_user(&format!("user {n}"), &[], "asc", json!([]));
        read(&mut tx, query)
    };
    for n in 0..4096 {
        assert_eq!(query(n), Ok(0));
    }
    assert_eq!(query(5), Ok(0), "the same range again");
    let refused = query(4096).expect_err("too many ranges").to_string();
    let expected = "Too many reads in a single function execution (limit: 4096).";
    assert_eq!(refused, format!("{expected} {HELP}"));
}

#[tokio::test]
async fn a_function_writes_a_limited_amount() {
    let Db { store, .. } = free();
    let mut tx = store.begin();
    for _ in 0..16_000 {
        insert(&mut tx, json!({})).expect("within the limit");
    }
    assert_eq!(
        text(insert(&mut tx, json!({}))),
        "Too many writes in a single function execution (limit: 16000)"
    );
    // A function that catches the error keeps what was written before.
    store.commit(tx).await.expect("commits");
    assert_eq!(store.tables(&root()), [("things".to_owned(), 16_000)]);
    let mut tx = store.begin();
    let mut write = || insert(&mut tx, json!({ "text": "x".repeat(1_000_000) }));
    for _ in 0..16 {
        write().expect("within the limit");
    }
    assert_eq!(
        text(write()),
        "Too many bytes written in a single function execution (limit: 16 MiB)"
    );
}

/// Returns why a table with these changes is refused. Its validator is for `{ a: string, o: { b: any } }`.
fn refusal(changes: Json) -> String {
    let Db { store, .. } = free();
    let string = json!({ "fieldType": { "type": "string" }, "optional": false });
    let any = json!({ "fieldType": { "type": "any" }, "optional": false });
    let inner = json!({ "type": "object", "value": { "b": any } });
    let mut table = json!({ "tableName": "t", "indexes": [], "documentType":
        { "type": "object", "value": { "a": string, "o": { "fieldType": inner, "optional": true } } } });
    let changes = changes.as_object().expect("an object").clone();
    table.as_object_mut().expect("an object").extend(changes);
    let schema = json!({ "tables": [table], "schemaValidation": true });
    match store.apply_schema(&root(), Some(&schema)) {
        Ok(()) => String::new(),
        Err(error) => error.to_string(),
    }
}

fn index(name: &str, fields: &[&str]) -> Json {
    json!({ "indexDescriptor": name, "fields": fields })
}

fn search(name: &str, field: &str, filters: &[&str]) -> Json {
    json!({ "indexDescriptor": name, "searchField": field, "filterFields": filters })
}

#[test]
fn invalid_indexes_are_refused() {
    assert_eq!(
        refusal(json!({ "indexes": [index("by", &["a", "o.b.c.d", "o"])] })),
        ""
    );
    let numbered = |n: usize| {
        (0..n)
            .map(|n| index(&format!("i{n}"), &["o"]))
            .collect::<Vec<_>>()
    };
    let many: Vec<String> = (0..17).map(|n| format!("o.b.f{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let cases = [
        (
            json!(numbered(65)),
            "Table \"t\" cannot have more than 64 indexes.",
        ),
        (
            json!(numbered(2)),
            "In table \"t\" index \"i1\" and index \"i0\" have the same fields. \
            Indexes must be unique within a table.",
        ),
        (
            json!([index("i", &["a"]), index("i", &["o"])]),
            "Table \"t\" has two or more definitions of index \"i\".",
        ),
        (
            json!([index("i", &[])]),
            "In table \"t\" index \"i\" must have at least one field.",
        ),
        (
            json!([index("i", &many)]),
            "In table \"t\": In index \"i\": Indexes may have up to 16 fields.",
        ),
        (
            json!([index("i", &["a", "a"])]),
            "In table \"t\": In index \"i\": Duplicate field \"a\". \
            Index fields must be unique within an index.",
        ),
        (
            json!([index("i", &["_id"])]),
            "In table \"t\": In index \"i\": `_id` is not a valid index \
            field. To load documents by ID, use `db.get(id)`.",
        ),
        (
            json!([index("i", &["a b"])]),
            "In table \"t\": In index \"i\": Invalid index field: \"a b\"",
        ),
        (
            json!([index("by_id", &["a"])]),
            "In table \"t\" cannot name an index \"by_id\" because \
            the name is reserved. Indexes may not start with an underscore or be named \"by_id\" \
            or \"by_creation_time\".",
        ),
        (
            json!([index("1st", &["a"])]),
            "In table \"t\": Invalid index name: \"1st\". Identifiers \
            must be 64 characters or less, start with a letter, and only contain letters, digits, \
            underscores.",
        ),
        (
            json!([index("i", &["o.c"])]),
            "In table \"t\" the index \"i\" is invalid because it \
            references the field \"o.c\" that does not exist.",
        ),
    ];
    for (indexes, expected) in cases {
        assert_eq!(refusal(json!({ "indexes": indexes })), expected);
    }
    let creation = refusal(json!({ "indexes": [index("i", &["a", "_creationTime"])] }));
    assert!(
        creation.contains("`_creationTime` is automatically added"),
        "{creation}"
    );
}

#[test]
fn invalid_search_indexes_and_tables_are_refused() {
    let good = search("s", "o.b.text", &["a", "_creationTime"]);
    assert_eq!(refusal(json!({ "searchIndexes": [good] })), "");
    let missing = refusal(json!({ "searchIndexes": [search("s", "text", &[])] }));
    let expected = "In table \"t\" the index \"s\" is invalid because it references the field \
                    \"text\" that does not exist.";
    assert_eq!(missing, expected);
    let twins = json!([search("s", "a", &["o"]), search("r", "a", &["o"])]);
    let twins = refusal(json!({ "searchIndexes": twins }));
    let expected = "In table \"t\" search index \"s\" and search index \"r\" have the same \
                    `searchField`. Search index fields must be unique within a table.";
    assert!(twins.starts_with(expected), "{twins}");
    let same = json!({ "indexes": [index("i", &["a"])], "searchIndexes": [search("i", "a", &[])] });
    assert_eq!(
        refusal(same),
        "Table \"t\" has two or more definitions of index \"i\"."
    );
    let filters: Vec<String> = (0..17).map(|n| format!("o.b.f{n}")).collect();
    let filters: Vec<&str> = filters.iter().map(String::as_str).collect();
    let filters = refusal(json!({ "searchIndexes": [search("s", "a", &filters)] }));
    let expected = "In table \"t\": Search indexes may have up to 16 filter fields.";
    assert_eq!(filters, expected);
    assert_eq!(
        refusal(json!({ "tableName": "_t" })),
        "_t is a reserved table name."
    );
    assert!(refusal(json!({ "tableName": "a-b" })).starts_with("Invalid table name: \"a-b\"."));
    let string = refusal(json!({ "documentType": { "type": "string" } }));
    let expected = "The document validator in a schema must be an object, a union of objects, or \
                    `v.any()`. Found v.string().";
    assert!(string.starts_with(expected), "{string}");
}
