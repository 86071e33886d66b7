//! Taking on a schema again.

use super::*;

#[tokio::test]
async fn the_schema_in_force_disturbs_nobody_who_writes() {
    let Db { store, .. } = db();
    let mut tx = store.begin();
    tx.add("ann", 1);
    store
        .apply_schema(&root(), Some(&schema()))
        .expect("the same again");
    assert!(store.commit(tx).await.is_ok());
    // Nor does one that says nothing new about the documents that are written.
    let mut tx = store.begin();
    tx.add("ann", 2);
    let mut wider = schema();
    let other = json!({ "tableName": "other", "indexes": [], "documentType": { "type": "any" } });
    wider["tables"].as_array_mut().expect("a list").push(other);
    store.apply_schema(&root(), Some(&wider)).expect("wider");
    assert!(store.commit(tx).await.is_ok());
    // One that does makes it run again.
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
async fn a_validator_that_changes_is_checked_and_system_fields_are_not_its_business() {
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
