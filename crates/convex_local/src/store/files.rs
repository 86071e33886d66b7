//! `_storage`: a row for each stored file.
//!
//! The row decides whether a file exists. Its content is stored beside the database, under a name that appears only
//! in addresses ([`crate::files`]). The fields are those that Convex shows: `sha256` in base64, `size` in bytes,
//! `contentType` if one was given.

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use super::Store;
use super::error::DbError;
use super::id::DocumentId;
use super::index::KeyRange;
use super::model::{Commit, ComponentPath, Document};
use super::snapshot::Snapshot;
use super::system::{BY_FILE, FILE, STORAGE};
use super::transaction::Transaction;
use crate::value::{Object, Value, encode_key, key_successor};

/// A stored file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredFile {
    /// The name of the content on disk and in addresses. It is a secret: its holder may read the file.
    pub(crate) name: Uuid,
    /// The checksum in base64.
    pub(crate) sha256: String,
    /// The size in bytes, as the number that functions see.
    pub(crate) size: f64,
    pub(crate) content_type: Option<String>,
}

impl StoredFile {
    pub(crate) fn to_fields(&self) -> Object {
        let mut fields = Object::from([
            (FILE.to_owned(), Value::String(self.name.to_string())),
            ("sha256".to_owned(), Value::from(self.sha256.as_str())),
            ("size".to_owned(), Value::Float64(self.size)),
        ]);
        if let Some(kind) = &self.content_type {
            fields.insert("contentType".to_owned(), Value::from(kind.as_str()));
        }
        fields
    }

    /// Reads a row; `None` if it was not written here.
    pub(crate) fn of(row: &Document) -> Option<Self> {
        let fields = row.fields();
        let text = |field: &str| match fields.at_path(field) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let Some(Value::Float64(size)) = fields.at_path("size") else {
            return None;
        };
        Some(Self {
            name: text(FILE)?.parse().ok()?,
            sha256: text("sha256")?,
            size: *size,
            content_type: text("contentType"),
        })
    }
}

impl Transaction {
    /// Adds the row of a file whose content is in place, and returns its id.
    pub(crate) fn insert_file(
        &mut self,
        component: &ComponentPath,
        file: &StoredFile,
    ) -> Result<String, DbError> {
        self.insert_system(component, STORAGE, file.to_fields())
    }

    /// Returns the file with this id; `None` when it has been deleted.
    ///
    /// # Errors
    /// When the id is not the id of a file. The error names `method`.
    pub(crate) fn file(
        &mut self,
        component: &ComponentPath,
        id: &str,
        method: &str,
    ) -> Result<Option<StoredFile>, DbError> {
        self.check_file_id(component, id, method)?;
        let found = self.find(component, id);
        Ok(found.and_then(|(_, row)| StoredFile::of(&row)))
    }

    /// Deletes a file. Its content is removed after the commit.
    ///
    /// # Errors
    /// When no file has this id.
    pub(crate) fn delete_file(
        &mut self,
        component: &ComponentPath,
        id: &str,
    ) -> Result<(), DbError> {
        self.check_file_id(component, id, "storage.delete")?;
        let Some((table, row)) = self.find(component, id) else {
            return Err(DbError::new(format!("storage id {id} not found")));
        };
        self.write(component, &table, row.id, Some(row.clone()), None)
    }

    fn check_file_id(
        &self,
        component: &ComponentPath,
        id: &str,
        method: &str,
    ) -> Result<(), DbError> {
        let problem = match DocumentId::decode(id) {
            None => format!("Unable to decode ID {id:?}"),
            Some(decoded) if !self.reader.view.is_of_table(component, decoded, STORAGE) => {
                format!("{id:?} is not an Id<\"{STORAGE}\">")
            }
            Some(_) => return Ok(()),
        };
        Err(DbError::new(format!(
            "Invalid argument `storageId` for `{method}`: {problem}"
        )))
    }
}

impl Store {
    /// Returns the file that an address of this component names.
    pub(crate) fn file_named(&self, component: &ComponentPath, name: Uuid) -> Option<StoredFile> {
        self.snapshot().file_named(component, name)
    }

    /// Returns the names of all files of all components.
    pub(crate) fn file_names(&self) -> HashSet<Uuid> {
        let snapshot = self.snapshot();
        let tables = snapshot.components.values();
        let tables = tables.filter_map(|component| component.tables.get(STORAGE));
        tables
            .flat_map(|table| table.documents())
            .filter_map(|row| Some(StoredFile::of(row)?.name))
            .collect()
    }
}

impl Snapshot {
    pub(super) fn file_named(&self, component: &ComponentPath, name: Uuid) -> Option<StoredFile> {
        let start = encode_key([Some(&Value::String(name.to_string()))]);
        let range = KeyRange {
            end: key_successor(&start),
            start,
        };
        let mut rows = self.table(component, STORAGE)?.range(BY_FILE, &range);
        rows.next().and_then(|row| StoredFile::of(row))
    }
}

impl Commit {
    /// Returns the files that the commit deletes.
    pub(crate) fn deleted_files(&self) -> Vec<Uuid> {
        let rows = self.writes.iter().filter(|write| write.table == STORAGE);
        let name = |row: &Option<Arc<Document>>| Some(StoredFile::of(row.as_deref()?)?.name);
        // An import may give the same file another id.
        let kept: HashSet<_> = rows.clone().filter_map(|write| name(&write.new)).collect();
        let former = rows.filter_map(|write| name(&write.old));
        former.filter(|name| !kept.contains(name)).collect()
    }
}
