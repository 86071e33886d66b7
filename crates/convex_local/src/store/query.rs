//! Database queries: documents of an index or of a search, filters and limits, read one at a time.
//!
//! Source: `query_impl.ts` of `npm-packages/convex/src/server/impl`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::error::DbError;
use super::filter::Expression;
use super::index::BY_CREATION_TIME;
use super::index_walk::{IndexWalk, Order, RangeExpression};
use super::model::{ComponentPath, Document};
use super::reader::Reader;
use super::search::{Question, SearchFilter};
use super::search_walk::SearchWalk;
use super::system::is_readable;

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
        filters: Vec<SearchFilter>,
    },
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

/// Where the documents come from.
#[derive(Debug)]
enum Walk {
    Index(IndexWalk),
    Search(SearchWalk),
}

/// Some documents of a query.
pub(crate) struct Batch {
    pub(crate) documents: Vec<Arc<Document>>,
    /// Set at the end: the query is done, or it failed.
    pub(crate) end: Option<Result<(), DbError>>,
}

/// A query while it is read.
#[derive(Debug)]
pub(crate) struct Stream {
    walk: Walk,
    steps: Vec<Step>,
    /// The key of the document that was looked at last.
    pub(crate) position: Option<Vec<u8>>,
    done: bool,
}

impl Stream {
    /// Parses a query and finds its index.
    pub(crate) fn open(
        tx: &Reader,
        component: &ComponentPath,
        query: SerializedQuery,
    ) -> Result<Self, DbError> {
        let walk = Walk::open(tx, component, query.source)?;
        let steps = query.operators.into_iter().map(|operator| {
            Ok(match operator {
                Operator::Filter(json) => Step::Filter(Expression::parse(&json)?),
                Operator::Limit(n) => Step::Limit(n),
            })
        });
        Ok(Self {
            walk,
            steps: steps.collect::<Result<_, DbError>>()?,
            position: None,
            done: false,
        })
    }

    /// Reads the next documents that pass every step, at most `count`.
    pub(crate) fn batch(&mut self, tx: &mut Reader, count: usize) -> Batch {
        let mut documents = Vec::new();
        let mut end = None;
        while documents.len() < count && end.is_none() {
            match self.next(tx) {
                Ok(Some(document)) => documents.push(document),
                Ok(None) => end = Some(Ok(())),
                Err(error) => end = Some(Err(error)),
            }
        }
        // Reads are noted even if they exceed the function's limits.
        if let Err(error) = self.note(tx) {
            documents.clear();
            end = Some(Err(error));
        }
        Batch { documents, end }
    }

    /// Reads the next document that passes every step.
    fn next(&mut self, tx: &mut Reader) -> Result<Option<Arc<Document>>, DbError> {
        while let Some(document) = self.advance(tx)? {
            if self.passes(&document)? {
                return Ok(Some(document));
            }
        }
        Ok(None)
    }

    /// Notes the reads so far. To be called after [`advance`](Self::advance), once for many, before any other read or
    /// write in the transaction.
    ///
    /// # Errors
    /// When the function has read more than it may.
    pub(crate) fn note(&self, tx: &mut Reader) -> Result<(), DbError> {
        if let Walk::Index(walk) = &self.walk {
            walk.note(tx);
        }
        tx.count_read(None)
    }

    /// Returns the next document of the source, even if it does not pass. The read is not noted yet.
    pub(crate) fn advance(&mut self, tx: &mut Reader) -> Result<Option<Arc<Document>>, DbError> {
        if self.done || self.steps.iter().any(|step| matches!(step, Step::Limit(0))) {
            self.done = true;
            return Ok(None);
        }
        let next = match &mut self.walk {
            Walk::Index(walk) => walk.next(tx),
            Walk::Search(walk) => walk.next(tx)?,
        };
        self.done = next.is_none();
        tx.count_read(next.as_ref().map(|(_, document)| document.as_ref()))?;
        Ok(next.map(|(key, document)| {
            self.position = Some(key);
            document
        }))
    }

    pub(crate) fn passes(&mut self, document: &Document) -> Result<bool, DbError> {
        let mut fields = None;
        for step in &mut self.steps {
            match step {
                Step::Filter(expression) => {
                    let fields = fields.get_or_insert_with(|| document.fields());
                    if !expression.accepts(fields)? {
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

    /// Leaves out everything up to and including the document with this key.
    pub(crate) fn start_after(&mut self, key: Vec<u8>) {
        match &mut self.walk {
            Walk::Index(walk) => walk.start_after(key),
            Walk::Search(walk) => walk.start_after(key),
        }
    }

    /// Stops after the document with this key.
    pub(crate) fn end_at(&mut self, key: Vec<u8>) {
        match &mut self.walk {
            Walk::Index(walk) => walk.end_at(key),
            Walk::Search(walk) => walk.end_at(key),
        }
    }

    /// Returns whether reading half of it is less work than reading all. A search always runs completely.
    pub(crate) fn can_be_split(&self) -> bool {
        matches!(self.walk, Walk::Index(_))
    }
}

impl Walk {
    fn open(tx: &Reader, component: &ComponentPath, source: Source) -> Result<Self, DbError> {
        let index = |table: &str, index: &str, range: &[RangeExpression], order: Option<Order>| {
            check_readable(table)?;
            let order = order.unwrap_or_default();
            IndexWalk::new(tx, component, table, index, range, order).map(Self::Index)
        };
        match source {
            Source::FullTableScan { table_name, order } => {
                index(&table_name, BY_CREATION_TIME, &[], order)
            }
            Source::IndexRange {
                index_name,
                range,
                order,
            } => {
                let (table, name) = split_index_name(&index_name)?;
                index(table, name, &range, order)
            }
            Source::Search {
                index_name,
                filters,
            } => {
                let (table, index) = split_index_name(&index_name)?;
                check_readable(table)?;
                let spec = tx.view.search_spec(component, table, index)?;
                let question = Question::new(&index_name, &spec, filters)?;
                let walk = SearchWalk::new(component, table, index, question);
                Ok(Self::Search(walk))
            }
        }
    }
}

fn check_readable(table: &str) -> Result<(), DbError> {
    if is_readable(table) {
        return Ok(());
    }
    Err(DbError::new(format!("Table {table} not found.")))
}

/// Splits `table.index` into table and index.
pub(crate) fn split_index_name(name: &str) -> Result<(&str, &str), DbError> {
    name.split_once('.')
        .ok_or_else(|| DbError::new(format!("Invalid index name {name:?}")))
}
