//! A component's `schema.ts`: its tables with their indexes and document validators.
//!
//! - `exported`, `export`: parsing the JSON of `SchemaDefinition.export()`
//! - `rules`: the original's rules and error messages

mod export;
mod exported;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::search::SearchSpec;
use super::validator::Validator;
use super::vector::VectorSpec;

/// A schema as the engine uses it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Schema {
    pub(crate) tables: BTreeMap<String, TableSchema>,
    /// Whether documents must match.
    pub(crate) validate: bool,
}

/// One declared table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TableSchema {
    /// Name → all fields of its keys.
    pub(crate) indexes: BTreeMap<String, Arc<[String]>>,
    /// Full-text indexes by name.
    pub(crate) searches: BTreeMap<String, Arc<SearchSpec>>,
    /// Vector indexes by name.
    pub(crate) vectors: BTreeMap<String, Arc<VectorSpec>>,
    /// The names of staged indexes, which cannot be used yet.
    pub(crate) staged: BTreeSet<String>,
    pub(crate) document: Option<Validator>,
}

/// The reasons why a schema was not accepted; the former one stays in force.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SchemaError {
    /// The exported schema cannot be parsed.
    #[error("The schema of {component} cannot be read: {reason}")]
    Unreadable {
        /// The component, or "the app".
        component: String,
        /// The problem.
        reason: String,
    },
    /// It breaks a rule for names, indexes or validators.
    #[error("{0}")]
    Invalid(String),
    /// A stored document does not match.
    #[error(
        "Schema validation failed.\nDocument with ID \"{id}\" in table \"{table}\" does not match \
         the schema: {reason}"
    )]
    DocumentMismatch {
        /// Its table.
        table: String,
        /// Its id.
        id: String,
        /// The validator's message.
        reason: String,
    },
    /// The database could not record it.
    #[error("The schema could not be stored: {0}")]
    Storage(String),
}

impl Schema {
    /// Returns the validator of a table's documents, if they are to be validated.
    pub(crate) fn document(&self, table: &str) -> Option<&Validator> {
        self.tables
            .get(table)
            .filter(|_| self.validate)?
            .document
            .as_ref()
    }
}

impl TableSchema {
    /// Returns whether there is an index of any kind with this name.
    pub(crate) fn declares(&self, index: &str) -> bool {
        self.indexes.contains_key(index)
            || self.searches.contains_key(index)
            || self.vectors.contains_key(index)
    }
}
