//! Database queries: an index range, an order, filters and limits, read one document at a time.
//!
//! Sources: `query_impl.ts`, `index_range_builder_impl.ts` of `npm-packages/convex/src/server/impl`.

use std::ops::Bound;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::filter::{Expression, maybe_undefined};
use super::read_set::KeyRange;
use super::snapshot::{BY_CREATION_TIME, Document, full_fields};
use super::system::is_readable;
use super::{ComponentPath, DbError, Transaction};
use crate::value::{encode_key, key_successor};

/// A query as the functions library serialises it.
#[derive(Deserialize)]
pub(crate) struct SerializedQuery {
    source: Source,
    #[serde(default)]
    operators: Vec<Operator>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
enum Source {
    FullTableScan {
        table_name: String,
        order: Option<Order>,
    },
    IndexRange {
        index_name: String,
        range: Vec<RangeExpression>,
        order: Option<Order>,
    },
    Search {
        index_name: String,
    },
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    #[default]
    Asc,
    Desc,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RangeExpression {
    #[serde(rename = "type")]
    bound: RangeBound,
    field_path: String,
    value: Json,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
enum RangeBound {
    Eq,
    Gt,
    Gte,
    Lt,
    Lte,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Operator {
    Filter(Json),
    Limit(usize),
}

/// A step that each document goes through.
#[derive(Debug)]
enum Step {
    Filter(Expression),
    /// How many more documents may pass.
    Limit(usize),
}

/// A query while it is read.
#[derive(Debug)]
pub(crate) struct Stream {
    component: ComponentPath,
    table: String,
    index: String,
    fields: Arc<[String]>,
    pub(crate) range: KeyRange,
    pub(crate) order: Order,
    steps: Vec<Step>,
    /// The key of the document that was looked at last.
    pub(crate) position: Option<Vec<u8>>,
    done: bool,
}

impl Stream {
    /// Understands a query and finds its index.
    pub(crate) fn open(
        tx: &Transaction,
        component: &ComponentPath,
        query: SerializedQuery,
    ) -> Result<Self, DbError> {
        let (table, index, range, order) = match query.source {
            Source::FullTableScan { table_name, order } => {
                (table_name, BY_CREATION_TIME.to_owned(), Vec::new(), order)
            }
            Source::IndexRange {
                index_name,
                range,
                order,
            } => {
                let (table, index) = split_index_name(&index_name)?;
                (table.to_owned(), index.to_owned(), range, order)
            }
            Source::Search { index_name } => {
                return Err(DbError::new(format!(
                    "Full-text search is not available in convex-local (index {index_name})"
                )));
            }
        };
        if !is_readable(&table) {
            return Err(DbError::new(format!("Table {table} not found.")));
        }
        let fields = index_fields(tx, component, &table, &index)?;
        let range = key_range(&format!("{table}.{index}"), &fields, &range)?;
        let steps = query.operators.into_iter().map(|operator| {
            Ok(match operator {
                Operator::Filter(json) => Step::Filter(Expression::parse(&json)?),
                Operator::Limit(n) => Step::Limit(n),
            })
        });
        Ok(Self {
            component: component.clone(),
            table,
            index,
            fields,
            range,
            order: order.unwrap_or_default(),
            steps: steps.collect::<Result<_, DbError>>()?,
            position: None,
            done: false,
        })
    }

    /// The next document that passes every step.
    pub(crate) fn next(&mut self, tx: &mut Transaction) -> Result<Option<Arc<Document>>, DbError> {
        while let Some(document) = self.advance(tx) {
            if self.passes(&document)? {
                return Ok(Some(document));
            }
        }
        Ok(None)
    }

    /// The next document of the range, passing or not.
    pub(crate) fn advance(&mut self, tx: &mut Transaction) -> Option<Arc<Document>> {
        if self.done || self.steps.iter().any(|step| matches!(step, Step::Limit(0))) {
            self.done = true;
            return None;
        }
        let next = self.seek(tx);
        self.record(tx, next.as_ref().map(|(key, _)| key.as_slice()));
        self.done = next.is_none();
        let (key, document) = next?;
        self.position = Some(key);
        Some(document)
    }

    pub(crate) fn passes(&mut self, document: &Document) -> Result<bool, DbError> {
        for step in &mut self.steps {
            match step {
                Step::Filter(expression) => {
                    if !expression.accepts(&document.fields)? {
                        return Ok(false);
                    }
                }
                Step::Limit(left) => match left.checked_sub(1) {
                    Some(fewer) => *left = fewer,
                    None => return Ok(false),
                },
            }
        }
        Ok(true)
    }

    fn seek(&self, tx: &Transaction) -> Option<(Vec<u8>, Arc<Document>)> {
        let table = tx.view.table(&self.component, &self.table)?;
        let entries = &table.indexes.get(&self.index)?.entries;
        let last = self.position.as_deref();
        let start = Bound::Included(self.range.start.as_slice());
        let end = self
            .range
            .end
            .as_deref()
            .map_or(Bound::Unbounded, Bound::Excluded);
        let (start, end) = match self.order {
            Order::Asc => (last.map_or(start, Bound::Excluded), end),
            Order::Desc => (start, last.map_or(end, Bound::Excluded)),
        };
        if is_empty(start, end) {
            return None;
        }
        let mut found = entries.range::<_, [u8]>((start, end));
        let entry = match self.order {
            Order::Asc => found.next(),
            Order::Desc => found.next_back(),
        };
        entry.map(|(key, document)| (key.clone(), document.clone()))
    }

    /// Notes the part of the range that has been looked at: up to `key`, or all of it.
    fn record(&self, tx: &mut Transaction, key: Option<&[u8]>) {
        let KeyRange { start, end } = self.range.clone();
        let range = match (key, self.order) {
            (None, _) => KeyRange { start, end },
            (Some(key), Order::Asc) => KeyRange {
                start,
                end: key_successor(key),
            },
            (Some(key), Order::Desc) => KeyRange {
                start: key.to_vec(),
                end,
            },
        };
        tx.reads.record(
            &self.component,
            &self.table,
            &self.index,
            &self.fields,
            range,
        );
    }
}

fn is_empty(start: Bound<&[u8]>, end: Bound<&[u8]>) -> bool {
    match (start, end) {
        (Bound::Included(s), Bound::Excluded(e)) | (Bound::Excluded(s), Bound::Excluded(e)) => {
            s >= e
        }
        _ => false,
    }
}

fn split_index_name(name: &str) -> Result<(&str, &str), DbError> {
    name.split_once('.')
        .ok_or_else(|| DbError::new(format!("Invalid index name {name:?}")))
}

/// The key fields of an index. A table that does not exist yet has the declared and built-in ones.
fn index_fields(
    tx: &Transaction,
    component: &ComponentPath,
    table: &str,
    index: &str,
) -> Result<Arc<[String]>, DbError> {
    if let Some(table) = tx.view.table(component, table)
        && let Some(index) = table.indexes.get(index)
    {
        return Ok(index.fields.clone());
    }
    match (tx.view.table(component, table), index) {
        (None, "by_id") => Ok(Arc::from(["_id".to_owned()])),
        (None, BY_CREATION_TIME) => Ok(full_fields(&[])),
        _ => Err(DbError::new(format!("Index {table}.{index} not found."))),
    }
}

/// The keys between the bounds: equalities on the first fields, then a range on the next.
fn key_range(
    name: &str,
    fields: &[String],
    expressions: &[RangeExpression],
) -> Result<KeyRange, DbError> {
    let mut prefix = Vec::new();
    let mut equal = 0;
    let (mut lower, mut upper) = (None, None);
    for expression in expressions {
        let expected = fields.get(equal).map(String::as_str);
        if expected != Some(expression.field_path.as_str()) {
            return Err(DbError::new(format!(
                "Tried to query index {name} but the query didn't use the index fields in order. \
                 The index fields are {fields:?}; next should be {expected:?}, not {:?}.",
                expression.field_path
            )));
        }
        let value = maybe_undefined(&expression.value)?;
        let key = encode_key([value.as_ref()]);
        match expression.bound {
            RangeBound::Eq if lower.is_none() && upper.is_none() => {
                prefix.extend(key);
                equal += 1;
            }
            RangeBound::Gt | RangeBound::Gte if lower.is_none() => {
                lower = Some((expression.bound, key));
            }
            RangeBound::Lt | RangeBound::Lte if upper.is_none() => {
                upper = Some((expression.bound, key));
            }
            _ => {
                return Err(DbError::new(format!(
                    "Index {name} was given two bounds of one kind, or an equality after a bound"
                )));
            }
        }
    }
    let at = |key: Vec<u8>| [prefix.as_slice(), &key].concat();
    let start = match lower {
        None => Some(prefix.clone()),
        Some((RangeBound::Gt, key)) => key_successor(&at(key)),
        Some((_, key)) => Some(at(key)),
    };
    let end = match upper {
        None => key_successor(&prefix),
        Some((RangeBound::Lte, key)) => key_successor(&at(key)),
        Some((_, key)) => Some(at(key)),
    };
    // Tags are far below 0xff, so a successor always exists; an empty range stands in if not.
    Ok(start.map_or(
        KeyRange {
            start: Vec::new(),
            end: Some(Vec::new()),
        },
        |start| KeyRange { start, end },
    ))
}
