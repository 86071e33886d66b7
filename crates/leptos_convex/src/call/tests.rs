use serde_json::json;

use super::{CallError, ConvexError, Preloaded, Query};
use crate::value::Value;

fn query(path: &'static str, args: serde_json::Value) -> Query<f64> {
    Query::new(path, args)
}

#[test]
fn equal_calls_share_a_key_however_they_are_written() {
    let key = |path, args| query(path, args).key().expect("encodes");
    assert_eq!(
        key("todos.js:list", json!({"a": 1, "b": 2})),
        key("todos:list", json!({"b": 2, "a": 1}))
    );
    assert_eq!(key("todos", json!({})), key("todos:default", json!({})));
    assert_ne!(
        key("todos:list", json!({"a": 1})),
        key("todos:list", json!({"a": 2}))
    );
    assert_eq!(key("todos:list", json!({})).path(), "todos:list");
}

#[test]
fn arguments_must_be_an_object() {
    assert!(matches!(
        Query::<()>::new("a:b", 1).args(),
        Err(CallError::Encode { .. })
    ));
    assert_eq!(
        Query::<()>::new("a:b", ())
            .args()
            .expect("none")
            .to_json_string(),
        "{}"
    );
}

#[test]
fn a_result_of_the_wrong_type_names_the_function() {
    let error = query("todos:count", json!({}))
        .decode(Value::from("x"))
        .expect_err("a string");
    assert_eq!(
        error.to_string(),
        "result of todos:count: invalid type: string, expected f64"
    );
}

#[test]
fn a_preloaded_query_survives_its_way_through_the_page() {
    let preloaded = Preloaded::new(
        &query("a:b", json!({"n": 1})),
        &Value::Float64(f64::INFINITY),
    )
    .expect("encodes");
    let page = serde_json::to_string(&preloaded).expect("is JSON");
    let read: Preloaded<f64> = serde_json::from_str(&page).expect("reads back");
    assert_eq!(read, preloaded);
    assert_eq!(read.value(), Ok(Some(f64::INFINITY)));
    assert_eq!(
        read.query().key().expect("encodes"),
        query("a:b", json!({"n": 1})).key().expect("encodes")
    );
}

#[test]
fn the_text_of_a_convex_error_is_that_of_its_data() {
    let data = Value::from_json(json!({"code": 7, "message": "No such todo"})).expect("valid");
    let error = CallError::from_function("Uncaught ConvexError: {…}".to_owned(), Some(data));
    assert_eq!(error.to_string(), "No such todo");
    assert!(
        error
            .as_convex_error()
            .is_some_and(|error| error.data.get("code") == Some(&Value::Float64(7.0)))
    );
    let error = ConvexError {
        message: "m".to_owned(),
        data: Value::from("Not signed in"),
    };
    assert_eq!(error.text(), "Not signed in");
}
