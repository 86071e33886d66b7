//! The JSON of `SchemaDefinition.export()`.

use serde::Deserialize;
use serde_json::Value as Json;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exported {
    pub(super) tables: Vec<ExportedTable>,
    #[serde(default = "yes")]
    pub(super) schema_validation: bool,
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
    pub(super) document_type: Option<Json>,
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
    #[serde(alias = "dimension")]
    dimensions: u32,
    #[serde(default)]
    pub(super) filter_fields: Vec<String>,
}

impl ExportedVectors {
    pub(super) fn dimensions(&self) -> usize {
        self.dimensions as usize
    }
}
