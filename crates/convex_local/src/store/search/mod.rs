//! Full-text search: indexes of the words of a field, and the searches of `withSearchIndex`.
//!
//! An index is a persistent map like every other ([`SearchIndex`]), so that a search sees exactly its transaction's
//! snapshot, own writes included. Words, matching, ranking and limits are those of `crates/search` of
//! `get-convex/convex-backend`, so the results and their order are those of a deployment.
//!
//! - `words`: cutting text into words
//! - `index`: words → documents
//! - `question`: a search checked against its index, which is also its dependency
//! - `ranking`: the best documents, in order

mod index;
mod question;
mod ranking;
mod words;

use std::collections::BTreeSet;

pub(crate) use index::SearchIndex;
pub(crate) use question::{Question, SearchFilter};
pub(crate) use ranking::{Answer, MAX_ANSWERS, answer_id_key, answers};

use crate::value::Value;

/// The declaration of a search index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SearchSpec {
    /// The path of the text.
    pub(crate) field: String,
    /// The paths that a search may compare with `.eq()`.
    pub(crate) filters: BTreeSet<String>,
}

/// Returns the searched text of a document; empty for a value of another type.
fn text_of<'a>(document: &'a Value, field: &str) -> &'a str {
    match document.at_path(field) {
        Some(Value::String(text)) => text,
        _ => "",
    }
}
