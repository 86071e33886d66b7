//! Layout of index keys.

use std::sync::Arc;

use super::id::DocumentId;
use crate::value::{Value, encode_key};

/// The index that every table has for looking up by id.
pub(crate) const BY_ID: &str = "by_id";
/// The index that every table has for the order of creation.
pub(crate) const BY_CREATION_TIME: &str = "by_creation_time";

/// A key range `[start, end)`; without an end it reaches to the last key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRange {
    pub(crate) start: Vec<u8>,
    pub(crate) end: Option<Vec<u8>>,
}

impl KeyRange {
    /// Returns all keys.
    pub(crate) fn all() -> Self {
        Self {
            start: Vec::new(),
            end: None,
        }
    }
}

/// Returns a document's key in an index over `fields`, in full.
pub(crate) fn index_key(fields: &[String], document: &Value) -> Vec<u8> {
    encode_key(fields.iter().map(|field| document.at_path(field)))
}

/// Returns the key of an id in `by_id`.
pub(crate) fn id_key(id: DocumentId) -> Vec<u8> {
    encode_key([Some(&Value::String(id.encode()))])
}

/// Returns the id whose key in `by_id` is exactly this.
pub(crate) fn key_id(key: &[u8]) -> Option<DocumentId> {
    // Between the type and the end of a string.
    let text = key.get(1..key.len().checked_sub(2)?)?;
    let id = DocumentId::decode(std::str::from_utf8(text).ok()?)?;
    (id_key(id) == key).then_some(id)
}

/// Returns the fields of a declared index, with the fields that make its order total.
pub(crate) fn full_fields(declared: &[String]) -> Arc<[String]> {
    let last = ["_creationTime", "_id"].into_iter().map(str::to_owned);
    let given = declared
        .iter()
        .filter(|field| *field != "_creationTime")
        .cloned();
    given.chain(last).collect()
}
