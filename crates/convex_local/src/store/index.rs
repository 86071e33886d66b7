//! Layout of index keys.

use std::sync::Arc;

use super::model::Document;
use crate::value::{Value, encode_key};

/// The index that every table has for looking up by id.
pub(crate) const BY_ID: &str = "by_id";
/// The index that every table has for the order of creation.
pub(crate) const BY_CREATION_TIME: &str = "by_creation_time";

/// A key range `[start, end)`; no end means to the last key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyRange {
    pub(crate) start: Vec<u8>,
    pub(crate) end: Option<Vec<u8>>,
}

impl KeyRange {
    /// All keys.
    pub(crate) fn all() -> Self {
        Self {
            start: Vec::new(),
            end: None,
        }
    }
}

/// A document's key in an index over `fields`, in full.
pub(crate) fn index_key(fields: &[String], document: &Document) -> Vec<u8> {
    encode_key(fields.iter().map(|field| document.fields.at_path(field)))
}

/// The key of an id in `by_id`.
pub(crate) fn id_key(id: &str) -> Vec<u8> {
    encode_key([Some(&Value::from(id))])
}

/// The fields of a declared index with those that make its order total.
pub(crate) fn full_fields(declared: &[String]) -> Arc<[String]> {
    let last = ["_creationTime", "_id"].into_iter().map(str::to_owned);
    let given = declared
        .iter()
        .filter(|field| *field != "_creationTime")
        .cloned();
    given.chain(last).collect()
}
