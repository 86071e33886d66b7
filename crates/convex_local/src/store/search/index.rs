//! A search index: persistent maps from words to documents.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use imbl::OrdMap;

use super::super::id::InternalId;
use super::super::model::{Document, Parsed};
use super::words::counts;
use super::{SearchSpec, text_of};
use crate::value::Value;

/// One word in one document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Posting {
    /// How often the word occurs in it.
    pub(super) count: u32,
    /// How many words the document has in all.
    pub(super) length: u32,
}

/// A document that can be found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) document: Arc<Document>,
    /// Its creation time, which orders equal scores.
    pub(super) created: f64,
}

impl Entry {
    fn new(new: &Parsed) -> Self {
        let created = match new.fields.at_path("_creationTime") {
            Some(Value::Float64(created)) => *created,
            _ => 0.0,
        };
        Self {
            document: new.document.clone(),
            created,
        }
    }
}

/// All documents of a table by the words of one field.
#[derive(Clone, Debug)]
pub(crate) struct SearchIndex {
    pub(crate) spec: Arc<SearchSpec>,
    /// One map for all words: maps within maps are deeper than the compiler follows.
    postings: OrdMap<(Arc<str>, InternalId), Posting>,
    /// Documents without text are included: they count in the ranking, as in the original.
    pub(super) documents: OrdMap<InternalId, Entry>,
    /// The words of all documents together.
    pub(super) length: u64,
}

impl SearchIndex {
    /// Creates an index that holds `documents` from the start.
    pub(crate) fn build(spec: &Arc<SearchSpec>, documents: impl Iterator<Item = Parsed>) -> Self {
        let mut index = Self {
            spec: spec.clone(),
            postings: OrdMap::new(),
            documents: OrdMap::new(),
            length: 0,
        };
        // Insert in order, so that each insertion is next to the one before.
        let mut by_word: HashMap<String, Vec<(InternalId, Posting)>> = HashMap::new();
        for document in documents {
            let id = document.document.id.internal;
            let (words, length) = index.analyze(&document.fields);
            for (word, count) in words {
                let postings = by_word.entry(word).or_default();
                postings.push((id, Posting { count, length }));
            }
            index.length += u64::from(length);
            index.documents.insert(id, Entry::new(&document));
        }
        let mut by_word: Vec<_> = by_word.into_iter().collect();
        by_word.sort_unstable_by(|(word, _), (other, _)| word.cmp(other));
        for (word, mut postings) in by_word {
            let word: Arc<str> = Arc::from(word);
            postings.sort_unstable_by_key(|(id, _)| *id);
            let postings = postings.into_iter();
            let keyed = postings.map(|(id, posting)| ((word.clone(), id), posting));
            index.postings.extend(keyed);
        }
        index
    }

    /// Returns the same index for another declaration, if that is over the same text.
    pub(crate) fn with_spec(&self, spec: &Arc<SearchSpec>) -> Option<Self> {
        (self.spec.field == spec.field).then(|| Self {
            spec: spec.clone(),
            ..self.clone()
        })
    }

    /// Returns the postings from a word on, word by word.
    pub(super) fn from(&self, word: &str) -> impl Iterator<Item = (&str, InternalId, Posting)> {
        let first = (Arc::from(word), InternalId::default());
        let found = self.postings.range(first..);
        found.map(|((word, id), posting)| (word.as_ref(), *id, *posting))
    }

    /// Puts `new` in the place of `old`.
    pub(crate) fn replace(&mut self, old: Option<&Parsed>, new: Option<&Parsed>) {
        if let (Some(old), Some(new)) = (old, new)
            && old.document.id == new.document.id
            && text_of(&old.fields, &self.spec.field) == text_of(&new.fields, &self.spec.field)
            && self.documents.contains_key(&new.document.id.internal)
        {
            let id = new.document.id.internal;
            self.documents.insert(id, Entry::new(new));
            return;
        }
        if let Some(old) = old {
            self.remove(old.document.id.internal);
        }
        if let Some(new) = new {
            self.insert(new);
        }
    }

    fn insert(&mut self, document: &Parsed) {
        let id = document.document.id.internal;
        let (words, length) = self.analyze(&document.fields);
        for (word, count) in words {
            let word = self.shared(word);
            let posting = Posting { count, length };
            self.postings.insert((word, id), posting);
        }
        self.length += u64::from(length);
        self.documents.insert(id, Entry::new(document));
    }

    /// Removes all entries of a document.
    fn remove(&mut self, id: InternalId) {
        let Some(Entry { document, .. }) = self.documents.remove(&id) else {
            return;
        };
        let (words, length) = self.analyze(&document.fields());
        for word in words.into_keys() {
            self.postings.remove(&(Arc::from(word), id));
        }
        self.length = self.length.saturating_sub(u64::from(length));
    }

    /// Returns the index's own copy of a word, so that its text is stored once for all documents.
    fn shared(&self, word: String) -> Arc<str> {
        let first = (Arc::from(word), InternalId::default());
        match self
            .postings
            .range::<_, (Arc<str>, InternalId)>(&first..)
            .next()
        {
            Some(((held, _), _)) if *held == first.0 => held.clone(),
            _ => first.0,
        }
    }

    /// Returns the words of a document, and how many there are.
    fn analyze(&self, document: &Value) -> (BTreeMap<String, u32>, u32) {
        let words = counts(text_of(document, &self.spec.field));
        let length = words.values().sum();
        (words, length)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::super::id::DocumentId;
    use super::super::ranking::answers;
    use super::super::{Question, SearchFilter};
    use super::*;

    fn document(n: u8, text: Option<&str>) -> Parsed {
        let id = DocumentId {
            table: 10_001,
            internal: [n; 16],
        };
        let fields = text.map(|text| ("text".to_owned(), Value::from(text)));
        Parsed::new(id, fields.into_iter().collect())
    }

    fn texts() -> impl Strategy<Value = Option<String>> {
        proptest::option::of("(a|ab|abc|b|bb|c| ){0,9}")
    }

    proptest! {
        /// An index that was changed step by step equals one that is built from the start, and a search returns
        /// exactly the documents that its question accepts.
        #[test]
        fn an_index_depends_only_on_its_documents(
            writes in proptest::collection::vec((0u8..6, proptest::option::of(texts())), 1..24),
            asked in "(a|ab|b|c|d)( (a|ab|b|c|d)){0,3}",
        ) {
            let spec = Arc::new(SearchSpec { field: "text".into(), filters: BTreeSet::new() });
            let mut index = SearchIndex::build(&spec, [].into_iter());
            let mut documents: BTreeMap<u8, Parsed> = BTreeMap::new();
            for (n, text) in writes {
                let new = text.map(|text| document(n, text.as_deref()));
                index.replace(documents.get(&n), new.as_ref());
                documents.remove(&n);
                documents.extend(new.map(|new| (n, new)));
            }
            let built = SearchIndex::build(&spec, documents.values().cloned());
            prop_assert_eq!(&index.postings, &built.postings);
            prop_assert_eq!(&index.documents, &built.documents);
            prop_assert_eq!(index.length, built.length);
            let search = SearchFilter::Search { field_path: "text".into(), value: asked };
            let question = Question::new("t.i", &spec, vec![search]).expect("a good search");
            let found: BTreeSet<_> = answers(&index, &question).iter().map(|a| a.id).collect();
            let expected = documents.values().filter(|d| question.is_answered_by(&d.fields));
            prop_assert_eq!(found, expected.map(|d| d.document.id).collect());
        }
    }
}
