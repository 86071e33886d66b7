use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{Id, Value, from_value, to_value};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Todo {
    #[serde(rename = "_id")]
    id: Id<()>,
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    position: u32,
    weight: f64,
    version: i64,
    #[serde(with = "serde_bytes")]
    thumbnail: Vec<u8>,
}

fn todo() -> Todo {
    Todo {
        id: Id::new("k1"),
        done: true,
        note: None,
        position: 3,
        weight: 0.5,
        version: i64::MIN,
        thumbnail: vec![0, 255],
    }
}

fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let json = to_value(value).expect("encodes").to_json_string();
    from_value(Value::from_json_str(&json).expect("is encoded JSON")).expect("decodes")
}

#[test]
fn a_struct_travels_as_the_javascript_client_would_send_it() {
    let json = to_value(&todo()).expect("encodes").to_json();
    assert_eq!(
        json,
        json!({
            "_id": "k1", "done": true, "position": 3, "weight": 0.5,
            "thumbnail": {"$bytes": "AP8="}, "version": {"$integer": "AAAAAAAAAIA="},
        })
    );
    assert_eq!(round_trip(&todo()), todo());
}

#[test]
fn a_missing_field_is_none_and_an_unknown_one_is_ignored() {
    #[derive(Deserialize)]
    struct User {
        image: Option<String>,
        age: i32,
    }
    let user: User =
        from_value(Value::from_json(json!({"age": 7, "name": "Alice"})).expect("valid"))
            .expect("decodes");
    assert_eq!((user.image, user.age), (None, 7));
}

#[test]
fn a_wrong_type_is_an_error_that_names_the_field_and_the_expected_type() {
    let list = Value::from_json(json!([{"_id": "a", "done": 1}])).expect("valid");
    let error = from_value::<Vec<Todo>>(list).expect_err("done is a number");
    assert_eq!(error.path(), "[0].done");
    assert_eq!(
        error.to_string(),
        "at `[0].done`: invalid type: integer `1`, expected a boolean"
    );

    let error =
        from_value::<BTreeMap<String, u8>>(Value::from_json(json!({"a": 1.5})).expect("valid"))
            .expect_err("not an integer");
    assert_eq!(
        error.to_string(),
        "at `a`: invalid value: floating point `1.5`, expected u8"
    );
}

#[test]
fn enums_map_to_strings_and_tagged_objects() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Filter {
        All,
        DoneSince(f64),
        Between { from: u32, to: u32 },
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind", rename_all = "camelCase")]
    enum Event {
        Created { at: f64 },
        Removed,
    }
    assert_eq!(to_value(&Filter::All), Ok(Value::from("all")));
    for filter in [
        Filter::All,
        Filter::DoneSince(1.5),
        Filter::Between { from: 1, to: 2 },
    ] {
        assert_eq!(round_trip(&filter), filter);
    }
    for event in [Event::Created { at: 2.0 }, Event::Removed] {
        assert_eq!(round_trip(&event), event);
    }
}

#[test]
fn numbers_in_plain_json_become_floats_and_return_unchanged() {
    let json = json!({"n": 1, "list": [2, 2.5], "deep": {"big": 9_007_199_254_740_991_u64}});
    let value = to_value(&json).expect("encodes");
    assert_eq!(value.get("n"), Some(&Value::Float64(1.0)));
    assert_eq!(value.to_json(), json);
    assert_eq!(
        from_value::<serde_json::Value>(value).expect("decodes"),
        json
    );
    let wrapped = BTreeMap::from([("n", Some(json!(1)))]);
    assert_eq!(
        to_value(&wrapped).expect("encodes").get("n"),
        Some(&Value::Float64(1.0))
    );
}

#[test]
fn values_that_convex_refuses_are_refused() {
    assert!(to_value(&u64::MAX).is_err());
    assert!(to_value(&BTreeMap::from([("$x", 1)])).is_err());
    assert!(to_value(&BTreeMap::from([("é", 1)])).is_err());
    assert!(to_value(&BTreeMap::from([(1, 1)])).is_err());
    for malformed in [
        json!({"$integer": "AA=="}),
        json!({"$bytes": "?"}),
        json!({"$float": "AAAAAAAA8D8="}),
        json!({"$set": []}),
    ] {
        assert!(Value::from_json(malformed.clone()).is_err(), "{malformed}");
    }
}

#[test]
fn pretty_text_is_what_a_browser_prints() {
    let value = Value::from_json(json!({
        "b": [], "a": {}, "list": [1, null, true], "text": "a\"\\\n\u{1}é", "big": 1e21, "tiny": 1e-7,
        "half": 0.5, "small": 0.000_001, "long": 123_456_789_012_345_680_000.0_f64, "e": 1.25e-9, "neg": -1.5,
    }))
    .expect("valid");
    // Printed by Node.js 20.
    let expected = "{\n  \"a\": {},\n  \"b\": [],\n  \"big\": 1e+21,\n  \"e\": 1.25e-9,\n  \"half\": 0.5,\n  \
                    \"list\": [\n    1,\n    null,\n    true\n  ],\n  \"long\": 123456789012345680000,\n  \
                    \"neg\": -1.5,\n  \"small\": 0.000001,\n  \"text\": \"a\\\"\\\\\\n\\u0001é\",\n  \
                    \"tiny\": 1e-7\n}";
    assert_eq!(value.stringify_pretty(), expected);
    assert_eq!(Value::Float64(f64::NAN).stringify_pretty(), "null");
    assert_eq!(Value::Float64(-0.0).stringify_pretty(), "0");
}

pub(super) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Int64),
        any::<u64>().prop_map(|bits| Value::Float64(f64::from_bits(bits))),
        prop_oneof![Just(-0.0), Just(f64::INFINITY), Just(1.0), Just(9e15)]
            .prop_map(Value::Float64),
        any::<String>().prop_map(Value::String),
        any::<Vec<u8>>().prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[ -#%-~][ -~]{0,6}", inner, 0..4).prop_map(Value::Object),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_survives_encoding(value in any_value()) {
        prop_assert_eq!(Value::from_json_str(&value.to_json_string()), Ok(value));
    }

    #[test]
    fn every_value_survives_serde(value in any_value()) {
        prop_assert_eq!(to_value(&value), Ok(value.clone()));
        prop_assert_eq!(from_value::<Value>(value.clone()), Ok(value.clone()));
        let text = serde_json::to_string(&value).expect("is JSON");
        prop_assert_eq!(serde_json::from_str::<Value>(&text).expect("reads back"), value);
    }

    #[test]
    fn damaged_text_is_read_as_serde_json_reads_it(
        value in any_value(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), "[ \\[\\]{},:\"\\\\$0-9eEun.+-]?"), 1..4),
    ) {
        let mut text: Vec<char> = value.to_json_string().chars().collect();
        for (place, replaces, new) in edits {
            let at = place.index(text.len() + 1);
            let until = if replaces { (at + 1).min(text.len()) } else { at };
            text.splice(at..until, new.chars());
        }
        let text: String = text.into_iter().collect();
        let expected = serde_json::from_str(&text).ok().and_then(|json| Value::from_json(json).ok());
        prop_assert_eq!(Value::from_json_str(&text).ok(), expected, "{}", text);
    }
}
