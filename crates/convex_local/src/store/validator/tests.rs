//! The values that validators accept, and the errors for others.

use serde_json::json;

use super::*;

fn validator() -> Validator {
    Validator::parse(&json!({ "type": "object", "value": {
        "text": { "fieldType": { "type": "string" }, "optional": false },
        "tags": { "fieldType": { "type": "array", "value": { "type": "number" } }, "optional": true },
        "kind": { "fieldType": { "type": "union", "value": [
            { "type": "literal", "value": "a" }, { "type": "null" } ] }, "optional": true },
    }}))
    .expect("a valid validator")
}

/// Returns the name of an id's table.
fn table_of(id: DocumentId) -> Option<String> {
    let name = match id.table {
        10_001 => "users",
        10_002 => "posts",
        539 => "_scheduled_functions",
        _ => return None,
    };
    Some(name.to_owned())
}

#[test]
fn an_id_must_be_of_the_table_that_is_asked_for() {
    let ids = Validator::parse(&json!({ "type": "object", "value": { "post": {
        "fieldType": { "type": "id", "tableName": "posts" }, "optional": false } } }));
    let ids = ids.expect("a valid validator");
    let check = |table| {
        let id = DocumentId::random(table).encode();
        let checked = ids.check_json(&json!({ "post": id }), &table_of);
        checked.map_err(|error| error.to_string().replace(&id, "ID"))
    };
    assert_eq!(check(10_002), Ok(()));
    let of = |table: &str| {
        Err(format!(
            "Found ID \"ID\" from {table}, which does not match the table name in validator \
             `v.id(\"posts\")`.Path: .post"
        ))
    };
    assert_eq!(check(10_001), of("table `users`"));
    assert_eq!(check(539), of("a system table"));
    let unknown = check(10_003).expect_err("of no table");
    assert!(
        unknown.starts_with("Value does not match validator.\nPath: .post"),
        "{unknown}"
    );
}

#[test]
fn matching_values_pass() {
    for good in [
        json!({"text": "x"}),
        json!({"text": "", "tags": [1, 2.5], "kind": null}),
        json!({"text": "x", "kind": "a"}),
    ] {
        assert_eq!(validator().check_json(&good, &table_of), Ok(()), "{good}");
    }
}

#[test]
fn errors_name_path_value_and_validator() {
    let text = |json| {
        validator()
            .check_json(&json, &table_of)
            .expect_err("must not match")
            .to_string()
    };
    assert_eq!(
        text(json!({"text": 1})),
        "Value does not match validator.\nPath: .text\nValue: 1.0\nValidator: v.string()"
    );
    assert!(text(json!({"text": "x", "tags": [1, "no"]})).contains("Path: .tags[1]"));
    assert!(text(json!({})).starts_with("Object is missing the required field `text`."));
    assert!(
        text(json!({"text": "x", "more": 1})).starts_with("Object contains extra field `more`")
    );
    assert!(
        text(json!({"text": "x", "kind": "b"})).contains("v.union(v.literal(\"a\"), v.null())")
    );
}
