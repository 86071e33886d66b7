//! The change from one schema to another.

use super::*;

#[tokio::test]
async fn a_schema_that_changes_nothing_for_a_table_does_not_disturb_writes() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    tx.add("ann", 1);
    store
        .apply_schema(&root(), Some(&schema()))
        .expect("the same again");
    assert!(store.commit(tx).await.is_ok());
    // Nor does a schema that changes nothing for the table that is written.
    let mut tx = store.begin();
    tx.add("ann", 2);
    let mut wider = schema();
    let other = json!({ "tableName": "other", "indexes": [], "documentType": { "type": "any" } });
    wider["tables"].as_array_mut().expect("a list").push(other);
    store.apply_schema(&root(), Some(&wider)).expect("wider");
    assert!(store.commit(tx).await.is_ok());
    // A schema that changes the table makes the transaction run again.
    let mut tx = store.begin();
    tx.add("ann", 3);
    let mut stricter = schema();
    let fields = &mut stricter["tables"][0]["documentType"]["value"];
    fields["note"]["fieldType"]["type"] = json!("number");
    store
        .apply_schema(&root(), Some(&stricter))
        .expect("no document has a note");
    assert_eq!(store.commit(tx).await, Err(CommitError::Conflict));
}

#[tokio::test]
async fn a_changed_validator_is_checked_and_ignores_system_fields() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    let id = tx.add("ann", 1);
    store.commit(tx).await.expect("commits");
    let mut union = schema();
    let object = union["tables"][0]["documentType"].clone();
    let other = json!({ "type": "object", "value": {} });
    union["tables"][0]["documentType"] = json!({ "type": "union", "value": [other, object] });
    store.apply_schema(&root(), Some(&union)).expect("matches");
    let mut stricter = schema();
    let fields = &mut stricter["tables"][0]["documentType"]["value"];
    fields["note"]["optional"] = json!(false);
    let refused = store.apply_schema(&root(), Some(&stricter));
    let text = refused.expect_err("lacks a note").to_string();
    assert!(text.contains(&id), "{text}");
    assert!(text.contains("missing the required field `note`"), "{text}");
    assert!(!text.contains("_creationTime"), "{text}");
}
