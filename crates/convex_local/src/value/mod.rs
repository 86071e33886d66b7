//! Convex values: the types a document may hold, their order, and their JSON form.
//!
//! Behaviour follows the [Convex value types](https://docs.convex.dev/database/types) and
//! `npm-packages/convex/src/values` of `get-convex/convex-backend`. This module does not depend on
//! tables or transactions.

mod export;
mod json;
mod key;
mod limits;
mod text;

pub(crate) use json::{COMMIT_TS, awaits_commit, commit_json_at, document_from_json};
pub use json::{JsonError, object_from_json};
pub use key::{encode_key, key_successor};
pub use limits::{LimitError, check_document, check_value};
pub(crate) use limits::{check_call_size, check_fields, check_items, object_size, value_size};

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The fields of an object, in the order of their names.
pub type Object = BTreeMap<String, Value>;

/// One Convex value.
///
/// Values are totally ordered: by type first (null, int64, float64, boolean, string, bytes, array,
/// object), then within the type. Floats follow the IEEE total order, so `-0 < 0` and NaN has a
/// place. `undefined` is not a value; in indexes it stands before null (see [`encode_key`]).
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`
    Null,
    /// A `bigint` of 64 bits.
    Int64(i64),
    /// A `number`.
    Float64(f64),
    /// `true` or `false`
    Boolean(bool),
    /// Unicode text.
    String(String),
    /// An `ArrayBuffer`.
    Bytes(Vec<u8>),
    /// A list of at most 8192 values.
    Array(Vec<Value>),
    /// A record with at most 1024 fields.
    Object(Object),
    /// The time of the coming commit: `db.vars.commitTs`. No stored document has it; before the commit it counts as
    /// the largest int64.
    CommitTs,
}

impl Value {
    /// Returns the type's name as error texts of validators print it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int64(_) | Self::CommitTs => "bigint",
            Self::Float64(_) => "number",
            Self::Boolean(_) => "boolean",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// Returns the value at a dotted field path, if every step of it is an object with that field.
    pub fn at_path(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(self, |value, field| match value {
            Self::Object(fields) => fields.get(field),
            _ => None,
        })
    }

    /// Returns whether the value contains the time of the coming commit.
    pub(crate) fn awaits_commit(&self) -> bool {
        match self {
            Self::CommitTs => true,
            Self::Array(items) => items.iter().any(Self::awaits_commit),
            Self::Object(fields) => fields.values().any(Self::awaits_commit),
            _ => false,
        }
    }

    /// Replaces the placeholder with the time of the commit.
    pub(crate) fn commit_at(&mut self, ts: i64) {
        match self {
            Self::CommitTs => *self = Self::Int64(ts),
            Self::Array(items) => items.iter_mut().for_each(|item| item.commit_at(ts)),
            Self::Object(fields) => fields.values_mut().for_each(|field| field.commit_at(ts)),
            _ => {}
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Int64(_) | Self::CommitTs => 1,
            Self::Float64(_) => 2,
            Self::Boolean(_) => 3,
            Self::String(_) => 4,
            Self::Bytes(_) => 5,
            Self::Array(_) => 6,
            Self::Object(_) => 7,
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int64(a), Self::Int64(b)) => a.cmp(b),
            (Self::CommitTs, Self::Int64(b)) => i64::MAX.cmp(b),
            (Self::Int64(a), Self::CommitTs) => a.cmp(&i64::MAX),
            (Self::Float64(a), Self::Float64(b)) => a.total_cmp(b),
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) => a.cmp(b),
            (Self::Object(a), Self::Object(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Int64),
            any::<f64>().prop_map(Value::Float64),
            prop_oneof![
                Just(0.0),
                Just(-0.0),
                Just(f64::NAN),
                Just(f64::INFINITY),
                Just(1.5)
            ]
            .prop_map(Value::Float64),
            any::<bool>().prop_map(Value::Boolean),
            "[\\x00a-c\u{e9}]{0,4}".prop_map(Value::String),
            proptest::collection::vec(prop_oneof![Just(0u8), Just(1), Just(255)], 0..4)
                .prop_map(Value::Bytes),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                proptest::collection::btree_map("[a-c]{1,2}", inner, 0..3).prop_map(Value::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_round_trips(value in any_value()) {
            prop_assert_eq!(&Value::from_json(&value.to_json()).expect("own encoding"), &value);
        }

        #[test]
        fn keys_sort_like_values(a in any_value(), b in any_value()) {
            let (key_a, key_b) = (encode_key([Some(&a)]), encode_key([Some(&b)]));
            prop_assert_eq!(key_a.cmp(&key_b), a.cmp(&b));
            prop_assert!(encode_key([None]) < key_a);
        }

        #[test]
        fn successor_is_past_every_longer_key(a in any_value(), b in any_value()) {
            let prefix = encode_key([Some(&a)]);
            let longer = encode_key([Some(&a), Some(&b)]);
            let after = key_successor(&prefix).expect("no key is all 0xff");
            prop_assert!(prefix <= longer && longer < after);
            if a < b {
                prop_assert!(after <= encode_key([Some(&b)]));
            }
        }
    }

    #[test]
    fn types_are_ordered_as_in_convex() {
        let ordered = [
            Value::Null,
            Value::Int64(i64::MAX),
            Value::Float64(f64::NEG_INFINITY),
            Value::Float64(-0.0),
            Value::Float64(0.0),
            Value::Float64(f64::NAN),
            Value::Boolean(false),
            Value::Boolean(true),
            Value::from(""),
            Value::Bytes(vec![]),
            Value::Array(vec![]),
            Value::Object(Object::new()),
        ];
        assert!(ordered.is_sorted());
    }
}
