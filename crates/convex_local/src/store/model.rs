//! Basic types of the engine: timestamps, components, documents and the changes of a commit.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value as Json;

use super::id::DocumentId;
use crate::value::{Object, Value, value_size};

/// A moment of the database: nanoseconds since 1970, growing with every commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Returns the current time, or the time right after this one if the clock is behind.
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

/// The path of a component: empty for the app itself, `betterAuth`, `outer/inner`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentPath(Arc<str>);

impl ComponentPath {
    /// Creates the name of the component at `path`.
    pub fn new(path: &str) -> Self {
        Self(Arc::from(path))
    }

    /// Creates the name of the app itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns the path as text, empty for the app.
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

/// A stored document as its JSON text, which is also its form on disk and for functions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Document {
    pub(crate) id: DocumentId,
    /// The size in bytes by Convex's formula.
    size: u32,
    /// All fields, `_id` and `_creationTime` among them, in Convex's JSON encoding.
    text: Box<str>,
}

impl Document {
    fn of(id: DocumentId, fields: &Value) -> Self {
        Self::with_text(id, fields, fields.to_json().to_string().into())
    }

    fn with_text(id: DocumentId, fields: &Value, text: Box<str>) -> Self {
        // No document exceeds the type: the limits of documents and arguments are lower.
        let size = u32::try_from(value_size(fields)).unwrap_or(u32::MAX);
        Self { id, size, text }
    }

    /// Returns the size in bytes by Convex's formula.
    pub(crate) fn size(&self) -> usize {
        self.size as usize
    }

    /// Returns all fields, in Convex's JSON encoding.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns all fields, read from the text.
    pub(crate) fn fields(&self) -> Value {
        // The text was made from a value or has been parsed before.
        Value::from_text(&self.text).unwrap_or_else(|_| Value::Object(Object::new()))
    }

    /// Returns all fields, read from the text.
    pub(crate) fn object(&self) -> Object {
        match self.fields() {
            Value::Object(fields) => fields,
            _ => Object::new(),
        }
    }

    /// Returns the fields that functions see, in Convex's JSON encoding.
    pub(crate) fn shown(&self) -> Cow<'_, str> {
        match self.id.is_of_system_table() {
            true => Cow::Owned(self.to_json().to_string()),
            false => Cow::Borrowed(&self.text),
        }
    }

    /// Returns the same as a tree.
    pub(crate) fn to_json(&self) -> Json {
        let mut json = self.fields().to_json();
        if self.id.is_of_system_table()
            && let Json::Object(fields) = &mut json
        {
            let shown = |name: &str| matches!(name, "_id" | "_creationTime");
            fields.retain(|name, _| shown(name) || !name.starts_with('_'));
        }
        json
    }
}

/// A document with its fields, read once for all indexes that look at them.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub(crate) document: Arc<Document>,
    pub(crate) fields: Value,
}

impl Parsed {
    /// Reads the fields of a document.
    pub(crate) fn of(document: &Arc<Document>) -> Self {
        Self {
            document: document.clone(),
            fields: document.fields(),
        }
    }

    /// Creates the document that has these fields.
    pub(crate) fn new(id: DocumentId, fields: Object) -> Self {
        let fields = Value::Object(fields);
        Self {
            document: Arc::new(Document::of(id, &fields)),
            fields,
        }
    }

    /// Creates the document that was stored as `text`.
    ///
    /// # Errors
    /// When the text is not the JSON of a Convex value.
    pub(crate) fn stored(id: DocumentId, text: String) -> Result<Self, serde_json::Error> {
        let fields = Value::from_text(&text)?;
        let document = Document::with_text(id, &fields, text.into());
        Ok(Self {
            document: Arc::new(document),
            fields,
        })
    }
}

/// A document with its key in the index or search.
pub(crate) type Found = (Vec<u8>, Arc<Document>);

/// The changes of one transaction, sent to all followers of
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
    /// The fields of both, parsed when they are first compared with a read set.
    fields: OnceLock<[Option<Value>; 2]>,
}

impl Write {
    pub(crate) fn new(
        component: ComponentPath,
        table: String,
        old: Option<Arc<Document>>,
        new: Option<Arc<Document>>,
    ) -> Self {
        Self {
            component,
            table,
            old,
            new,
            fields: OnceLock::new(),
        }
    }

    /// Returns the fields of the document before and after.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Value> {
        let read = |document: &Option<Arc<Document>>| document.as_deref().map(Document::fields);
        let fields = self.fields.get_or_init(|| [&self.old, &self.new].map(read));
        fields.iter().flatten()
    }
}

/// The most writes of a function's commit. A commit with more is an import.
const MANY_WRITES: usize = 16_384;

impl Commit {
    /// Returns whether it has too many writes to compare one by one.
    pub(crate) fn is_large(&self) -> bool {
        self.writes.len() > MANY_WRITES
    }

    /// Returns the tables that it changes, some perhaps more than once.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&ComponentPath, &str)> {
        let writes = self.writes.iter();
        writes.map(|write| (&write.component, write.table.as_str()))
    }
}
