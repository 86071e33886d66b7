//! The building of indexes from all documents at once.

use std::sync::Arc;

use super::entries::{Entries, Index, KeyStart, key_start};
use super::index::BY_ID;
use super::model::{Document, Parsed};

/// Indexes that are being filled. Each document is read once for all of them.
#[derive(Debug)]
pub(crate) struct Filling {
    indexes: Vec<Filled>,
}

#[derive(Debug)]
struct Filled {
    name: String,
    fields: Arc<[String]>,
    documents: Documents,
}

#[derive(Debug)]
enum Documents {
    ById(Vec<Arc<Document>>),
    ByKey(Vec<(KeyStart, Arc<Document>)>),
}

impl Filling {
    /// Creates an empty filling for indexes of these names over these fields.
    pub(crate) fn new(indexes: impl IntoIterator<Item = (String, Arc<[String]>)>) -> Self {
        let filled = |(name, fields): (String, _)| Filled {
            documents: match name == BY_ID {
                true => Documents::ById(Vec::new()),
                false => Documents::ByKey(Vec::new()),
            },
            name,
            fields,
        };
        Self {
            indexes: indexes.into_iter().map(filled).collect(),
        }
    }

    /// Returns whether there is an index to fill.
    pub(crate) fn is_needed(&self) -> bool {
        !self.indexes.is_empty()
    }

    /// Adds a new document.
    pub(crate) fn push(&mut self, new: &Parsed) {
        for Filled {
            fields, documents, ..
        } in &mut self.indexes
        {
            let document = new.document.clone();
            match documents {
                Documents::ById(documents) => documents.push(document),
                Documents::ByKey(documents) => documents.push((key_start(fields, new), document)),
            }
        }
    }

    /// Returns the indexes with all documents.
    pub(crate) fn finish(self) -> impl Iterator<Item = (String, Index)> {
        self.indexes.into_iter().map(|filled| {
            let entries = match filled.documents {
                Documents::ById(documents) => Entries::all_by_id(documents),
                Documents::ByKey(documents) => Entries::all_by_key(documents),
            };
            let fields = filled.fields;
            (filled.name, Index { fields, entries })
        })
    }
}
