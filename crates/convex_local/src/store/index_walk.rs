//! The walk along an index: the documents of a key range, one at a time, either way.
//!
//! Sources: `index_range_builder_impl.ts` of `npm-packages/convex/src/server/impl`.

use std::ops::Bound;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::error::DbError;
use super::filter::maybe_uncommitted;
use super::index::{BY_CREATION_TIME, BY_ID, KeyRange, full_fields};
use super::model::{ComponentPath, Found};
use super::reader::Reader;
use crate::value::{encode_key, key_successor};

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    #[default]
    Asc,
    Desc,
}

/// One call on the builder of `withIndex`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RangeExpression {
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

/// A range of an index while it is read.
#[derive(Debug)]
pub(crate) struct IndexWalk {
    component: ComponentPath,
    table: String,
    index: String,
    fields: Arc<[String]>,
    range: KeyRange,
    order: Order,
    /// The key of the document that was found last.
    last: Option<Vec<u8>>,
    /// Whether there is none after it.
    ended: bool,
}

impl IndexWalk {
    /// Finds the index and the range in it.
    pub(crate) fn new(
        tx: &Reader,
        component: &ComponentPath,
        table: &str,
        index: &str,
        range: &[RangeExpression],
        order: Order,
    ) -> Result<Self, DbError> {
        let fields = index_fields(tx, component, table, index)?;
        let range = key_range(&format!("{table}.{index}"), &fields, range)?;
        Ok(Self {
            component: component.clone(),
            table: table.to_owned(),
            index: index.to_owned(),
            fields,
            range,
            order,
            last: None,
            ended: false,
        })
    }

    /// Returns the next document and its key. The read is not noted yet.
    pub(crate) fn next(&mut self, tx: &Reader) -> Option<Found> {
        let next = self.seek(tx);
        match &next {
            Some((key, _)) => self.last = Some(key.clone()),
            None => self.ended = true,
        }
        next
    }

    /// Leaves out everything up to and including `key`.
    pub(crate) fn start_after(&mut self, key: Vec<u8>) {
        match self.order {
            Order::Asc => self.narrow(key_successor(&key), None),
            Order::Desc => self.narrow(None, Some(key)),
        }
    }

    /// Stops after `key`.
    pub(crate) fn end_at(&mut self, key: Vec<u8>) {
        match self.order {
            Order::Asc => self.narrow(None, key_successor(&key)),
            Order::Desc => self.narrow(Some(key), None),
        }
    }

    /// Moves the ends of the range inwards, never outwards: the keys come from a client, and documents outside of the
    /// query may belong to another person.
    fn narrow(&mut self, start: Option<Vec<u8>>, end: Option<Vec<u8>>) {
        let KeyRange {
            start: from,
            end: to,
        } = &mut self.range;
        if let Some(start) = start.filter(|start| start > from) {
            *from = start;
        }
        if let Some(end) = end
            && to.as_ref().is_none_or(|to| end < *to)
        {
            *to = Some(end);
        }
    }

    fn seek(&self, tx: &Reader) -> Option<Found> {
        let table = tx.view.table(&self.component, &self.table)?;
        let last = self.last.as_deref();
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
        let found = table.between(&self.index, start, end)?;
        match self.order {
            Order::Asc => found.first(),
            Order::Desc => found.last(),
        }
    }

    /// Notes the part of the range that has been read: up to the last document, or all of it.
    pub(crate) fn note(&self, tx: &mut Reader) {
        let KeyRange { start, end } = self.range.clone();
        let range = match (&self.last, self.order) {
            _ if self.ended => KeyRange { start, end },
            (None, _) => return,
            (Some(key), Order::Asc) => KeyRange {
                start,
                end: key_successor(key),
            },
            (Some(key), Order::Desc) => KeyRange {
                start: key.clone(),
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

/// Returns the key fields of an index. A table that does not exist yet has the declared and built-in ones.
fn index_fields(
    tx: &Reader,
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
        (None, BY_ID) => Ok(Arc::from(["_id".to_owned()])),
        (None, BY_CREATION_TIME) => Ok(full_fields(&[])),
        _ => Err(tx
            .view
            .no_such_index(component, table, index, "a database index")),
    }
}

/// Returns the keys between the bounds: equalities on the first fields, then a range on the next.
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
        let value = maybe_uncommitted(&expression.value)?;
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
