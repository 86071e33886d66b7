//! Reading the JSON of `SchemaDefinition.export()`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::ComponentPath;
use super::super::search::SearchSpec;
use super::super::snapshot::full_fields;
use super::super::validator::Validator;
use super::rules;
use super::{Schema, SchemaError, TableSchema};

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

/// One table; lists that older versions of the functions library lack are empty.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExportedTable {
    pub(super) table_name: String,
    #[serde(default)]
    pub(super) indexes: Vec<ExportedIndex>,
    #[serde(default)]
    pub(super) staged_db_indexes: Vec<ExportedIndex>,
    #[serde(default)]
    pub(super) search_indexes: Vec<ExportedSearch>,
    #[serde(default)]
    pub(super) staged_search_indexes: Vec<ExportedSearch>,
    #[serde(default)]
    pub(super) vector_indexes: Vec<ExportedVectors>,
    #[serde(default)]
    pub(super) staged_vector_indexes: Vec<ExportedVectors>,
    #[serde(default)]
    document_type: Option<Json>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExportedIndex {
    pub(super) index_descriptor: String,
    pub(super) fields: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExportedSearch {
    pub(super) index_descriptor: String,
    pub(super) search_field: String,
    #[serde(default)]
    pub(super) filter_fields: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExportedVectors {
    pub(super) index_descriptor: String,
    pub(super) vector_field: String,
    #[serde(default)]
    pub(super) filter_fields: Vec<String>,
}

impl Schema {
    /// Reads a component's schema.
    pub(crate) fn parse(component: &ComponentPath, json: &Json) -> Result<Self, SchemaError> {
        let unreadable = |reason: String| SchemaError::Unreadable {
            component: component.to_string(),
            reason,
        };
        let exported =
            Exported::deserialize(json).map_err(|error| unreadable(error.to_string()))?;
        let mut tables = BTreeMap::new();
        for table in exported.tables {
            let document = table.document_type.as_ref().map(Validator::parse);
            let document = document
                .transpose()
                .map_err(|error| unreadable(format!("{}: {error}", table.table_name)))?;
            let validator = document.as_ref().filter(|_| exported.schema_validation);
            rules::check(&table, document.as_ref(), validator).map_err(SchemaError::Invalid)?;
            tables.insert(table.table_name.clone(), table.into_schema(document));
        }
        Ok(Self {
            tables,
            validate: exported.schema_validation,
        })
    }
}

impl ExportedTable {
    fn into_schema(self, document: Option<Validator>) -> TableSchema {
        let staged = self.staged_db_indexes.into_iter();
        let staged = staged.map(|index| index.index_descriptor);
        let searches = self.staged_search_indexes.into_iter();
        let staged = staged.chain(searches.map(|index| index.index_descriptor));
        let vectors = self.staged_vector_indexes.into_iter();
        let staged = staged.chain(vectors.map(|index| index.index_descriptor));
        let index = |index: ExportedIndex| (index.index_descriptor, full_fields(&index.fields));
        TableSchema {
            indexes: self.indexes.into_iter().map(index).collect(),
            searches: self
                .search_indexes
                .into_iter()
                .map(ExportedSearch::into_spec)
                .collect(),
            vectors: self
                .vector_indexes
                .into_iter()
                .map(|index| index.index_descriptor)
                .collect(),
            staged: staged.collect(),
            document,
        }
    }
}

impl ExportedSearch {
    fn into_spec(self) -> (String, Arc<SearchSpec>) {
        let spec = SearchSpec {
            field: self.search_field,
            filters: self.filter_fields.into_iter().collect(),
        };
        (self.index_descriptor, Arc::new(spec))
    }
}
