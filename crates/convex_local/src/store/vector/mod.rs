//! Vector search: the documents whose vectors point in the most similar direction.
//!
//! Every vector is compared, so that the answer is exact and of one snapshot. Limits, scores, order
//! and messages are those of `crates/vector` of `get-convex/convex-backend`.
//!
//! - `arithmetic`: products and lengths of vectors
//! - `index`: the vectors of a table, normalised, in blocks of contiguous rows
//! - `question`: a search checked against its index

mod arithmetic;
mod index;
mod question;

use std::collections::BTreeSet;

pub(crate) use index::VectorIndex;
pub(crate) use question::VectorQuestion;

/// The fewest numbers in a vector.
pub(crate) const MIN_DIMENSIONS: usize = 2;
/// The most numbers in a vector.
pub(crate) const MAX_DIMENSIONS: usize = 4096;

/// The declaration of a vector index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VectorSpec {
    /// The path of the vector: an array of float64.
    pub(crate) field: String,
    /// How many numbers it has. A document whose vector has more or fewer is not found.
    pub(crate) dimensions: usize,
    /// The paths that a search may filter by, in order.
    pub(crate) filters: BTreeSet<String>,
}
