//! A component's `schema.ts`: which tables it declares, their indexes and document validators.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::snapshot::full_fields;
use super::system::is_system;
use super::validator::Validator;

/// A schema as the engine uses it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema {
    pub(crate) tables: BTreeMap<String, TableSchema>,
    /// Whether documents must match.
    pub(crate) validate: bool,
}

/// One declared table.
#[derive(Clone, Debug)]
pub(crate) struct TableSchema {
    /// Name → all fields of its keys.
    pub(crate) indexes: BTreeMap<String, Arc<[String]>>,
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
    /// A stored document does not match.
    #[error(
        "Schema validation failed: document with ID \"{id}\" in table \"{table}\" does not match \
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exported {
    tables: Vec<ExportedTable>,
    #[serde(default = "yes")]
    schema_validation: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExportedTable {
    table_name: String,
    #[serde(default)]
    indexes: Vec<ExportedIndex>,
    #[serde(default)]
    document_type: Option<Json>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExportedIndex {
    index_descriptor: String,
    fields: Vec<String>,
}

impl Schema {
    /// Reads the JSON of `SchemaDefinition.export()`.
    pub(crate) fn parse(json: &Json) -> Result<Self, String> {
        let exported = Exported::deserialize(json).map_err(|error| error.to_string())?;
        let mut tables = BTreeMap::new();
        for table in exported.tables {
            if is_system(&table.table_name) {
                let name = table.table_name;
                return Err(format!("table names cannot begin with `_` (\"{name}\")"));
            }
            let document = table
                .document_type
                .as_ref()
                .map(Validator::parse)
                .transpose();
            let document = document.map_err(|error| format!("{}: {error}", table.table_name))?;
            let indexes = table.indexes.into_iter();
            let indexes = indexes
                .map(|i| (i.index_descriptor, full_fields(&i.fields)))
                .collect();
            tables.insert(table.table_name, TableSchema { indexes, document });
        }
        Ok(Self {
            tables,
            validate: exported.schema_validation,
        })
    }

    /// The validator of a table's documents, if they are to be validated.
    pub(crate) fn document(&self, table: &str) -> Option<&Validator> {
        self.tables
            .get(table)
            .filter(|_| self.validate)?
            .document
            .as_ref()
    }
}
