//! The reading of a [`Schema`] from the JSON of `SchemaDefinition.export()`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize as _;
use serde_json::Value as Json;

use super::super::index::full_fields;
use super::super::model::ComponentPath;
use super::super::search::SearchSpec;
use super::super::validator::Validator;
use super::super::vector::VectorSpec;
use super::exported::{Exported, ExportedIndex, ExportedSearch, ExportedTable, ExportedVectors};
use super::rules;
use super::{Schema, SchemaError, TableSchema};

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
                .map(ExportedVectors::into_spec)
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

impl ExportedVectors {
    fn into_spec(self) -> (String, Arc<VectorSpec>) {
        let spec = VectorSpec {
            dimensions: self.dimensions(),
            field: self.vector_field,
            filters: self.filter_fields.into_iter().collect(),
        };
        (self.index_descriptor, Arc::new(spec))
    }
}
