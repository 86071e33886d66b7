//! The words and filters of a search, which also decide which writes can change its results.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::error::DbError;
use super::super::filter::maybe_undefined;
use super::words::words;
use super::{SearchSpec, text_of};
use crate::value::Value;

/// The most words of a search; the others are ignored.
const MAX_WORDS: usize = 16;
/// The most comparisons of a search.
const MAX_FILTERS: usize = 8;

/// One call on the builder of `withSearchIndex`, as `search_filter_builder_impl.ts` serialises it.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub(crate) enum SearchFilter {
    Search { field_path: String, value: String },
    Eq { field_path: String, value: Json },
}

/// A search against one index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    field: String,
    /// A document must contain one of them; the last one may be the beginning of a word.
    pub(super) words: Vec<String>,
    /// A document must have all of these values, where `None` stands for a field that is missing.
    pub(super) filters: BTreeSet<(String, Option<Value>)>,
}

impl Question {
    /// Checks the calls on the builder against the index; `name` is for the errors.
    pub(crate) fn new(
        name: &str,
        spec: &SearchSpec,
        calls: Vec<SearchFilter>,
    ) -> Result<Self, DbError> {
        let against =
            |problem: String| DbError::new(format!("Search query against {name} {problem}"));
        let mut text = None;
        let mut filters = Vec::new();
        for call in calls {
            match call {
                SearchFilter::Search { field_path, .. } if field_path != spec.field => {
                    return Err(against(format!(
                        "contains a search filter against {field_path:?}, which doesn't match the \
                         indexed `searchField` {:?}.",
                        spec.field
                    )));
                }
                SearchFilter::Search { field_path, .. } if text.is_some() => {
                    return Err(against(format!(
                        "contains multiple search filters against {field_path:?}. Only one is \
                         allowed."
                    )));
                }
                SearchFilter::Search { value, .. } => text = Some(value),
                SearchFilter::Eq { field_path, .. } if !spec.filters.contains(&field_path) => {
                    return Err(against(format!(
                        "contains an equality filter on {field_path:?} but that field isn't \
                         indexed for filtering in `filterFields`."
                    )));
                }
                SearchFilter::Eq { field_path, value } => {
                    filters.push((field_path, maybe_undefined(&value)?));
                }
            }
        }
        let text = text.ok_or_else(|| {
            against(
                "does not contain any search filters. You must include a search filter like \
                 `q.search(\"field\", searchText)`."
                    .to_owned(),
            )
        })?;
        if filters.len() > MAX_FILTERS {
            return Err(against(format!(
                "has too many filter conditions. Max: {MAX_FILTERS} Actual: {}",
                filters.len()
            )));
        }
        Ok(Self {
            field: spec.field.clone(),
            words: words(&text).take(MAX_WORDS).map(Cow::into_owned).collect(),
            filters: filters.into_iter().collect(),
        })
    }

    /// Returns whether a document is among the results, in any place. A write can change the results
    /// only if this holds for the document before or after it.
    pub(crate) fn is_answered_by(&self, document: &Value) -> bool {
        self.passes(document) && words(text_of(document, &self.field)).any(|word| self.asks(&word))
    }

    /// Returns whether the filters let a document pass.
    pub(super) fn passes(&self, document: &Value) -> bool {
        let mut filters = self.filters.iter();
        filters.all(|(field, value)| document.at_path(field) == value.as_ref())
    }

    fn asks(&self, word: &str) -> bool {
        let begins = |last: &String| word.starts_with(last.as_str());
        self.words.last().is_some_and(begins) || self.words.iter().any(|asked| asked == word)
    }
}
