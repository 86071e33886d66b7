//! A vector index: the vectors of all documents of a table that have one.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Arc;

use imbl::{OrdMap, Vector};

use super::super::id::InternalId;
use super::super::model::Parsed;
use super::arithmetic::{dot, normalised};
use super::{VectorQuestion, VectorSpec};
use crate::value::{Value, encode_key};

/// Rows of a block. A write copies one block, a search reads block after block.
const ROWS: usize = 16;

/// Vectors by row. Copies share the blocks.
#[derive(Clone, Debug)]
pub(crate) struct VectorIndex {
    pub(crate) spec: Arc<VectorSpec>,
    blocks: Vector<Arc<Block>>,
    /// The row of each document.
    places: OrdMap<InternalId, usize>,
}

/// A block of rows. All blocks but the last are full.
#[derive(Clone, Debug, Default, PartialEq)]
struct Block {
    ids: Vec<InternalId>,
    /// The vectors, one after another.
    numbers: Vec<f32>,
    /// The values that can be filtered by, as keys: as many for each row as there are filters.
    filters: Vec<Arc<[u8]>>,
}

/// The content of a row.
#[derive(Debug, PartialEq)]
struct Row {
    id: InternalId,
    vector: Vec<f32>,
    filters: Vec<Arc<[u8]>>,
}

/// A document that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hit {
    /// Cosine similarity, from -1 to 1.
    pub(crate) score: f32,
    pub(crate) id: InternalId,
}

impl Eq for Hit {}

impl Ord for Hit {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.score.total_cmp(&other.score);
        order.then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Hit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl VectorIndex {
    /// Creates an index that holds `documents` from the start.
    pub(crate) fn build(spec: &Arc<VectorSpec>, documents: impl Iterator<Item = Parsed>) -> Self {
        let mut index = Self {
            spec: spec.clone(),
            blocks: Vector::new(),
            places: OrdMap::new(),
        };
        for document in documents {
            index.replace(None, Some(&document));
        }
        index
    }

    /// Puts `new` in the place of `old`.
    pub(crate) fn replace(&mut self, old: Option<&Parsed>, new: Option<&Parsed>) {
        let row = new.and_then(|new| self.row_of(new));
        let gone = old.filter(|old| {
            row.as_ref()
                .is_none_or(|row| row.id != old.document.id.internal)
        });
        if let Some(gone) = gone {
            self.remove(gone.document.id.internal);
        }
        if let Some(row) = row {
            self.put(row);
        }
    }

    /// Returns the best results, best first.
    pub(crate) fn search(&self, question: &VectorQuestion) -> Vec<Hit> {
        let mut best: BinaryHeap<Reverse<Hit>> = BinaryHeap::with_capacity(question.limit + 1);
        let (width, filters) = (self.spec.dimensions, self.spec.filters.len());
        for block in &self.blocks {
            let vectors = block.numbers.chunks_exact(width);
            for (row, (id, vector)) in block.ids.iter().zip(vectors).enumerate() {
                let values = &block.filters[row * filters..(row + 1) * filters];
                if !question.passes(values) {
                    continue;
                }
                let score = dot(&question.vector, vector);
                let hit = Hit { score, id: *id };
                let full = best.len() >= question.limit;
                if full && best.peek().is_none_or(|Reverse(worst)| hit <= *worst) {
                    continue;
                }
                best.push(Reverse(hit));
                if full {
                    best.pop();
                }
            }
        }
        let best = best.into_sorted_vec().into_iter();
        best.map(|Reverse(hit)| hit).collect()
    }

    /// Returns the row of a document; `None` without a vector of the right length.
    fn row_of(&self, document: &Parsed) -> Option<Row> {
        let Some(Value::Array(items)) = document.fields.at_path(&self.spec.field) else {
            return None;
        };
        if items.len() != self.spec.dimensions {
            return None;
        }
        let number = |item: &Value| match item {
            #[expect(clippy::cast_possible_truncation, reason = "as in the original")]
            Value::Float64(n) => Some(*n as f32).filter(|n| n.is_finite()),
            _ => None,
        };
        let vector: Option<Vec<f32>> = items.iter().map(number).collect();
        let filter = |path: &String| Arc::from(encode_key([document.fields.at_path(path)]));
        Some(Row {
            id: document.document.id.internal,
            vector: normalised(vector?),
            filters: self.spec.filters.iter().map(filter).collect(),
        })
    }

    fn put(&mut self, row: Row) {
        if let Some(place) = self.places.get(&row.id).copied() {
            return self.set(place, &row);
        }
        let rows = self.places.len();
        self.places.insert(row.id, rows);
        if rows.is_multiple_of(ROWS) {
            self.blocks.push_back(Arc::default());
        }
        if let Some(block) = self.blocks.get_mut(rows / ROWS) {
            let block = Arc::make_mut(block);
            block.ids.push(row.id);
            block.numbers.extend(row.vector);
            block.filters.extend(row.filters);
        }
    }

    fn set(&mut self, place: usize, row: &Row) {
        if self.row(place).is_some_and(|stands| stands == *row) {
            return;
        }
        let (width, filters) = (self.spec.dimensions, self.spec.filters.len());
        if let Some(block) = self.blocks.get_mut(place / ROWS) {
            let (block, at) = (Arc::make_mut(block), place % ROWS);
            block.ids[at] = row.id;
            block.numbers[at * width..(at + 1) * width].copy_from_slice(&row.vector);
            block.filters[at * filters..(at + 1) * filters].clone_from_slice(&row.filters);
        }
    }

    fn row(&self, place: usize) -> Option<Row> {
        let (width, filters) = (self.spec.dimensions, self.spec.filters.len());
        let (block, at) = (self.blocks.get(place / ROWS)?, place % ROWS);
        Some(Row {
            id: *block.ids.get(at)?,
            vector: block.numbers[at * width..(at + 1) * width].to_vec(),
            filters: block.filters[at * filters..(at + 1) * filters].to_vec(),
        })
    }

    /// Removes a document and moves the last row into its place.
    fn remove(&mut self, id: InternalId) {
        let Some(place) = self.places.remove(&id) else {
            return;
        };
        let last = self.places.len();
        let moved = self.row(last);
        if let Some(block) = self.blocks.get_mut(last / ROWS) {
            let (block, at) = (Arc::make_mut(block), last % ROWS);
            block.ids.truncate(at);
            block.numbers.truncate(at * self.spec.dimensions);
            block.filters.truncate(at * self.spec.filters.len());
        }
        if last.is_multiple_of(ROWS) {
            self.blocks.pop_back();
        }
        if let Some(moved) = moved.filter(|_| place != last) {
            self.places.insert(moved.id, place);
            self.set(place, &moved);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use serde_json::json;

    use super::super::super::id::DocumentId;
    use super::*;

    fn document(n: u8, vector: Option<[i8; 3]>, kind: u8) -> Parsed {
        let id = DocumentId {
            table: 10_001,
            internal: [n; 16],
        };
        let mut fields = crate::value::Object::new();
        fields.insert("kind".into(), Value::Float64(f64::from(kind)));
        if let Some(vector) = vector {
            let numbers = vector.into_iter().map(|n| Value::Float64(f64::from(n)));
            fields.insert("embedding".into(), Value::Array(numbers.collect()));
        }
        Parsed::new(id, fields)
    }

    fn spec() -> Arc<VectorSpec> {
        Arc::new(VectorSpec {
            field: "embedding".into(),
            dimensions: 3,
            filters: BTreeSet::from(["kind".to_owned()]),
        })
    }

    proptest! {
        /// An index that was changed step by step gives the same results as one built from the remaining documents.
        #[test]
        fn an_index_depends_only_on_its_documents(
            writes in proptest::collection::vec(
                (0u8..40, proptest::option::of((proptest::option::of(any::<[i8; 3]>()), 0u8..3))),
                1..120,
            ),
            asked in any::<[i8; 3]>(),
        ) {
            let mut index = VectorIndex::build(&spec(), [].into_iter());
            let mut documents: BTreeMap<u8, Parsed> = BTreeMap::new();
            for (n, write) in writes {
                let new = write.map(|(vector, kind)| document(n, vector, kind));
                index.replace(documents.get(&n), new.as_ref());
                documents.remove(&n);
                documents.extend(new.map(|new| (n, new)));
            }
            let built = VectorIndex::build(&spec(), documents.values().cloned());
            let filter = json!({ "$eq": [{ "$field": "kind" }, { "$literal": 1 }] });
            for expressions in [json!(null), filter] {
                let query = json!({ "vector": asked, "limit": 7, "expressions": expressions });
                let question = VectorQuestion::new("t.i", &spec(), &query).expect("good");
                let found = index.search(&question);
                prop_assert_eq!(&found, &built.search(&question));
                let with_vector = documents.values().filter(|d| {
                    d.fields.at_path("embedding").is_some()
                        && (expressions.is_null()
                            || d.fields.at_path("kind") == Some(&Value::Float64(1.0)))
                });
                prop_assert_eq!(found.len(), with_vector.count().min(7));
                prop_assert!(found.is_sorted_by(|a, b| a >= b));
            }
        }
    }

    #[test]
    fn scores_are_cosines() {
        let documents = [
            document(1, Some([2, 0, 0]), 0),
            document(2, Some([0, 5, 0]), 0),
            document(3, Some([-1, 0, 0]), 0),
            document(4, Some([1, 1, 0]), 0),
        ];
        let index = VectorIndex::build(&spec(), documents.iter().cloned());
        let query = json!({ "vector": [3, 0, 0], "expressions": null });
        let question = VectorQuestion::new("t.i", &spec(), &query).expect("good");
        let found = index.search(&question);
        let scores: Vec<(u8, f32)> = found.iter().map(|hit| (hit.id[0], hit.score)).collect();
        let half = 0.5_f32.sqrt();
        let expected = [(1, 1.0), (4, half), (2, 0.0), (3, -1.0)];
        for ((id, score), (expected_id, expected)) in scores.iter().zip(expected) {
            assert_eq!(*id, expected_id, "{scores:?}");
            assert!((score - expected).abs() < 1e-6, "{scores:?}");
        }
    }
}
