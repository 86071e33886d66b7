//! A component's `schema.ts`: which tables it declares, their indexes and document validators.
//!
//! - `export`: reading what `SchemaDefinition.export()` gives
//! - `rules`: what the original refuses in it, in its words

mod export;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ComponentPath;
use super::id::DocumentId;
use super::search::SearchSpec;
use super::snapshot::Snapshot;
use super::validator::Validator;

/// A schema as the engine uses it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub(crate) tables: BTreeMap<String, TableSchema>,
    /// Whether documents must match.
    pub(crate) validate: bool,
}

/// One declared table.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableSchema {
    /// Name → all fields of its keys.
    pub(crate) indexes: BTreeMap<String, Arc<[String]>>,
    /// Full-text indexes by name.
    pub(crate) searches: BTreeMap<String, Arc<SearchSpec>>,
    /// The names of vector indexes, which are accepted and cannot be used.
    pub(crate) vectors: BTreeSet<String>,
    /// The names of indexes that are not to be used yet.
    pub(crate) staged: BTreeSet<String>,
    pub(crate) document: Option<Validator>,
}

/// Why a schema was not taken on; the former one stays in force.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SchemaError {
    /// The exported schema is not understood.
    #[error("The schema of {component} cannot be read: {reason}")]
    Unreadable {
        /// The component, or "the app".
        component: String,
        /// What is wrong.
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
        /// The validator's words.
        reason: String,
    },
    /// The database could not record it.
    #[error("The schema could not be stored: {0}")]
    Storage(String),
}

impl Schema {
    /// The validator of a table's documents, if they are to be validated.
    pub(crate) fn document(&self, table: &str) -> Option<&Validator> {
        self.tables
            .get(table)
            .filter(|_| self.validate)?
            .document
            .as_ref()
    }

    /// The vector indexes, as `table.index`.
    pub(crate) fn vector_indexes(&self) -> impl Iterator<Item = String> {
        let of = |(name, table): (&String, &TableSchema)| {
            let names = table.vectors.iter();
            let names = names.map(|index| format!("{name}.{index}"));
            names.collect::<Vec<_>>()
        };
        self.tables.iter().flat_map(of)
    }
}

impl TableSchema {
    /// Whether there is an index of any kind with this name.
    pub(crate) fn declares(&self, index: &str) -> bool {
        self.indexes.contains_key(index)
            || self.searches.contains_key(index)
            || self.vectors.contains(index)
    }
}

/// Whether all documents of a component match a schema.
///
/// # Errors
/// The first that does not.
pub(crate) fn check_documents(
    snapshot: &Snapshot,
    path: &ComponentPath,
    schema: Option<&Schema>,
) -> Result<(), SchemaError> {
    let (Some(component), Some(schema)) = (snapshot.components.get(path), schema) else {
        return Ok(());
    };
    let ids = |name: &str, id: DocumentId| snapshot.is_of_table(path, id, name);
    for (name, table) in &component.tables {
        let Some(validator) = schema.document(name) else {
            continue;
        };
        for document in table.documents() {
            let checked = validator.check_document(&document.object(), &ids);
            checked.map_err(|reason| SchemaError::DocumentMismatch {
                table: name.clone(),
                id: document.id.encode(),
                reason: reason.to_string(),
            })?;
        }
    }
    Ok(())
}
