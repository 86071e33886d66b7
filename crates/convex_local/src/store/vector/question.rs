//! The parsed query of a vector search.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::error::DbError;
use super::super::filter::{Comparison, Expression};
use super::arithmetic::normalised;
use super::{MAX_DIMENSIONS, VectorSpec};
use crate::value::{Value, encode_key};

/// The number of results if the function names no limit.
const DEFAULT_LIMIT: usize = 10;
/// The most results of one search.
const MAX_LIMIT: usize = 256;
/// The most values that one search filters by.
const MAX_FILTERS: usize = 64;

/// A query as `vector_search_impl.ts` serialises it, without the name of the index.
#[derive(Deserialize)]
struct SerializedQuery {
    vector: Vec<f32>,
    limit: Option<u32>,
    expressions: Option<Json>,
}

/// A search against one index.
#[derive(Clone, Debug)]
pub(crate) struct VectorQuestion {
    /// Normalised.
    pub(super) vector: Vec<f32>,
    pub(super) limit: usize,
    /// For each filter field of the index the wanted values, as keys. A document passes if it has one of them, or if
    /// there are none.
    filters: Vec<BTreeSet<Vec<u8>>>,
    unfiltered: bool,
}

/// The wanted values by field; `None` stands for a missing field.
type Filters = BTreeMap<String, BTreeSet<Option<Value>>>;

impl VectorQuestion {
    /// Checks a query against the index; `name` is for the errors.
    ///
    /// # Errors
    /// With the original's messages, and in its order.
    pub(crate) fn new(name: &str, spec: &VectorSpec, query: &Json) -> Result<Self, DbError> {
        let query = SerializedQuery::deserialize(query)
            .map_err(|error| DbError::new(format!("Invalid vector search: {error}")))?;
        let mut filters = Filters::new();
        if let Some(expressions) = query.expressions {
            assemble(Expression::parse(&expressions)?, &mut filters)?;
        }
        if query.vector.len() > MAX_DIMENSIONS {
            return Err(wrong_dimensions(MAX_DIMENSIONS, query.vector.len()));
        }
        let limit = query.limit.map_or(DEFAULT_LIMIT, |limit| limit as usize);
        if limit > MAX_LIMIT {
            return Err(DbError::new(format!(
                "Vector queries can fetch at most {MAX_LIMIT} results, requested {limit}."
            )));
        }
        if let Some(field) = filters.keys().find(|field| !spec.filters.contains(*field)) {
            return Err(DbError::new(format!(
                "Vector query against {name} contains a filter on {field:?} but that field isn't \
                 indexed for filtering in `filterFields`."
            )));
        }
        let conditions: usize = filters.values().map(BTreeSet::len).sum();
        if conditions > MAX_FILTERS {
            return Err(DbError::new(format!(
                "Vector query against {name} has too many conditions. Max: {MAX_FILTERS} Actual: \
                 {conditions}"
            )));
        }
        if query.vector.len() != spec.dimensions {
            return Err(wrong_dimensions(spec.dimensions, query.vector.len()));
        }
        let keys = |values: BTreeSet<Option<Value>>| {
            let values = values.iter();
            values.map(|value| encode_key([value.as_ref()])).collect()
        };
        let asked = |field: &String| filters.remove(field).map(keys).unwrap_or_default();
        let filters: Vec<BTreeSet<Vec<u8>>> = spec.filters.iter().map(asked).collect();
        Ok(Self {
            vector: normalised(query.vector),
            limit,
            unfiltered: filters.iter().all(BTreeSet::is_empty),
            filters,
        })
    }

    /// Returns whether a row with these values of the filter fields passes.
    pub(super) fn passes(&self, values: &[Arc<[u8]>]) -> bool {
        let mut pairs = self.filters.iter().zip(values);
        self.unfiltered || pairs.any(|(asked, value)| asked.contains(value.as_ref()))
    }
}

fn assemble(expression: Expression, filters: &mut Filters) -> Result<(), DbError> {
    match expression {
        Expression::Compare(Comparison::Eq, left, right) => match (*left, *right) {
            (Expression::Field(path), Expression::Literal(value)) => {
                filters.entry(path).or_default().insert(value);
                Ok(())
            }
            _ => Err(DbError::new(
                "`q.eq` must take a field path as its first argument and a value as its second",
            )),
        },
        Expression::Or(members) => {
            let mut members = members.into_iter();
            members.try_for_each(|member| assemble(member, filters))
        }
        _ => Err(DbError::new(
            "Filters should be a combination of `q.eq` and `q.or`.",
        )),
    }
}

fn wrong_dimensions(expected: usize, received: usize) -> DbError {
    DbError::new(format!(
        "Expected a vector with dimensions {expected}, received {received}."
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(query: &Json) -> String {
        let spec = VectorSpec {
            field: "embedding".into(),
            dimensions: 2,
            filters: BTreeSet::from(["kind".to_owned()]),
        };
        let asked = VectorQuestion::new("notes.by_meaning", &spec, query);
        asked.map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn wrong_searches_are_refused_with_convexs_messages() {
        let eq = |field: &str, n: i32| json!({ "$eq": [{ "$field": field }, { "$literal": n }] });
        let many: Vec<Json> = (0..65).map(|n| eq("kind", n)).collect();
        for (query, words) in [
            (json!({ "vector": [1, 0] }), ""),
            (
                json!({ "vector": [1, 0], "expressions": { "$or": [eq("kind", 1), eq("kind", 2)] } }),
                "",
            ),
            (
                json!({ "vector": [1, 0, 0] }),
                "Expected a vector with dimensions 2, received 3.",
            ),
            (
                json!({ "vector": [1, 0], "limit": 257 }),
                "Vector queries can fetch at most 256 results, requested 257.",
            ),
            (
                json!({ "vector": [1, 0], "expressions": eq("other", 1) }),
                "Vector query against notes.by_meaning contains a filter on \"other\" but that \
                 field isn't indexed for filtering in `filterFields`.",
            ),
            (
                json!({ "vector": [1, 0], "expressions": { "$or": many } }),
                "Vector query against notes.by_meaning has too many conditions. Max: 64 Actual: 65",
            ),
            (
                json!({ "vector": [1, 0], "expressions": { "$literal": true } }),
                "Filters should be a combination of `q.eq` and `q.or`.",
            ),
        ] {
            assert_eq!(refusal(&query), words, "{query}");
        }
    }
}
