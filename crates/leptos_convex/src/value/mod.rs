//! Convex values: the arguments and results of functions.
//!
//! Convex values distinguish more than JSON does: 64-bit integers from floats, bytes, and the floats that JSON cannot
//! write. They are sent as `convex_encoded_json` ([`Value::to_json`], [`Value::from_json`]). In Rust they become
//! ordinary types through serde ([`to_value`], [`from_value`]).

mod de;
mod edit;
mod encoded;
mod error;
mod float;
mod id;
#[cfg(test)]
mod javascript;
mod json;
mod pretty;
mod reader;
mod ser;
mod serde_impl;
mod shape;
mod tag;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

pub use self::{
    de::from_json_str,
    encoded::from_value,
    error::{DecodeError, EncodeError, MalformedValue},
    id::Id,
    ser::to_value,
    shape::{Shape, Undecoded, present},
};
pub(crate) use self::{
    encoded::{Encoded, Item},
    json::write_text,
    reader::Reader,
};

/// The fields of a Convex object, in the order Convex keeps them (sorted).
pub type Object = BTreeMap<String, Value>;

/// Any argument or result of a Convex function.
///
/// Two values are equal when all their bits are equal: `NaN` equals itself, `-0.0` differs from `0.0`.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `v.int64()`, a `bigint` in JavaScript
    Int64(i64),
    /// `v.number()`
    Float64(f64),
    /// `v.boolean()`
    Boolean(bool),
    /// `v.string()`, ids included
    String(String),
    /// `v.bytes()`, an `ArrayBuffer` in JavaScript
    Bytes(Vec<u8>),
    /// `v.array(…)`
    Array(Vec<Value>),
    /// `v.object(…)` or `v.record(…)`
    Object(Object),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Int64(a), Self::Int64(b)) => a == b,
            (Self::Float64(a), Self::Float64(b)) => a.to_bits() == b.to_bits(),
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Value {
    /// Returns the name of this kind of value in Convex validators.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int64(_) => "int64",
            Self::Float64(_) => "number",
            Self::Boolean(_) => "boolean",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// Returns the field `name` of an object. Returns `None` if the field is missing or the value is not an object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.get(name),
            _ => None,
        }
    }

    /// Returns the text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}
