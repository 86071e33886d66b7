//! `ctx.vectorSearch()` of actions: one search on the newest data.

use serde_json::{Value as Json, json};

use super::Store;
use super::error::DbError;
use super::id::DocumentId;
use super::model::ComponentPath;
use super::query::split_index_name;
use super::vector::VectorQuestion;

impl Store {
    /// Runs the `query` of a `1.0/actions/vectorSearch` call: ids and scores, best first.
    ///
    /// # Errors
    /// The mistake of the function, worded for its author.
    pub(crate) fn vector_search(
        &self,
        component: &ComponentPath,
        query: &Json,
    ) -> Result<Json, DbError> {
        let name = query.get("indexName").and_then(Json::as_str);
        let name = name.ok_or_else(|| DbError::new("A vector search needs an index"))?;
        let (table_name, index) = split_index_name(name)?;
        let snapshot = self.snapshot();
        let Some(table) = snapshot.table(component, table_name) else {
            return Ok(json!({ "results": [] }));
        };
        let found = table.vectors.get(index);
        let index = found.ok_or_else(|| {
            snapshot.no_such_index(component, table_name, index, "a vector index")
        })?;
        let question = VectorQuestion::new(name, &index.spec, query)?;
        let results = index.search(&question).into_iter().map(|hit| {
            let id = DocumentId {
                table: table.number,
                internal: hit.id,
            };
            json!({ "_id": id.encode(), "_score": hit.score })
        });
        Ok(json!({ "results": results.collect::<Json>() }))
    }
}
