//! Ground types of the engine: moments, components, documents, and what a commit changes.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value as Json;

use super::id::DocumentId;
use crate::value::{Object, Value};

/// A moment of the database: nanoseconds since 1970, growing with every commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Now, or right after this moment if the clock is behind it.
    pub(crate) fn next(self) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        Self(now.max(self.0 + 1))
    }
}

impl From<Timestamp> for u64 {
    fn from(ts: Timestamp) -> Self {
        ts.0
    }
}

/// Names a component: empty for the app itself, `betterAuth`, `outer/inner`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentPath(Arc<str>);

impl ComponentPath {
    /// The component at `path`.
    pub fn new(path: &str) -> Self {
        Self(Arc::from(path))
    }

    /// The app itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path as text, empty for the app.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ComponentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() {
            "the app"
        } else {
            &self.0
        })
    }
}

/// A stored document; `fields` include `_id` and `_creationTime`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document {
    pub(crate) id: DocumentId,
    pub(crate) fields: Value,
}

impl Document {
    pub(crate) fn new(id: DocumentId, fields: Object) -> Self {
        Self {
            id,
            fields: Value::Object(fields),
        }
    }

    pub(crate) fn object(&self) -> Object {
        match &self.fields {
            Value::Object(fields) => fields.clone(),
            _ => Object::new(),
        }
    }

    /// What functions see of it, in Convex's JSON encoding.
    pub(crate) fn to_json(&self) -> Json {
        let mut json = self.fields.to_json();
        if self.id.is_of_system_table()
            && let Json::Object(fields) = &mut json
        {
            let shown = |name: &str| matches!(name, "_id" | "_creationTime");
            fields.retain(|name, _| shown(name) || !name.starts_with('_'));
        }
        json
    }
}

/// A document with its key in what is read.
pub(crate) type Found = (Vec<u8>, Arc<Document>);

/// What one transaction has changed, told to everyone who follows
/// [`Store::commits`](super::Store::commits).
#[derive(Debug)]
pub struct Commit {
    /// When it became visible.
    pub ts: Timestamp,
    pub(crate) writes: Vec<Write>,
}

/// One document before and after a commit.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) component: ComponentPath,
    pub(crate) table: String,
    pub(crate) old: Option<Arc<Document>>,
    pub(crate) new: Option<Arc<Document>>,
}

impl Commit {
    /// The tables that it changes, some perhaps more than once.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&ComponentPath, &str)> {
        let writes = self.writes.iter();
        writes.map(|write| (&write.component, write.table.as_str()))
    }
}
