//! The stored files of an import: contents are put in place before the commit of their rows.

use std::collections::BTreeMap;
use std::path::Path;

use super::contents::{Contents, FileRow};
use super::error::TransferError;
use super::source::Snapshot;
use crate::files::{Files, IntakeError, StoreError};
use crate::store::{ComponentPath, StoredFile};
use crate::value::{Object, Value};

/// Contents in place, which are removed on drop unless they are kept.
pub(super) struct Placed<'a> {
    files: &'a Files,
    /// The rows of `_storage`, by component.
    pub(super) rows: BTreeMap<ComponentPath, Vec<Object>>,
    /// Contents that already existed.
    pub(super) needed: Vec<(ComponentPath, uuid::Uuid)>,
    new: Vec<StoredFile>,
}

impl<'a> Placed<'a> {
    /// Puts the contents of all files of a snapshot in place. Calls `progress` for each.
    pub(super) fn of(
        contents: &Contents,
        path: &Path,
        files: &'a Files,
        progress: &dyn Fn(usize),
    ) -> Result<Self, TransferError> {
        let mut placed = Self {
            files,
            rows: BTreeMap::new(),
            needed: Vec::new(),
            new: Vec::new(),
        };
        if contents.files.is_empty() {
            return Ok(placed);
        }
        let mut snapshot = Snapshot::open(path)?;
        for (count, file) in contents.files.iter().enumerate() {
            progress(count);
            placed.place(&mut snapshot, file)?;
        }
        Ok(placed)
    }

    fn place(&mut self, snapshot: &mut Snapshot, file: &FileRow) -> Result<(), TransferError> {
        let FileRow {
            component,
            entry,
            row,
        } = file;
        let name = snapshot.name(*entry);
        let reader = snapshot.read(*entry)?;
        let refuse = |error: StoreError| match error {
            StoreError::Intake(IntakeError::Disk(error)) if is_damage(&error) => {
                TransferError::BadZip(format!("{name}: {error}"))
            }
            other => TransferError::entry(&name, other.to_string()),
        };
        let (expected, kind) = (row.sha256.clone(), row.content_type.clone());
        let (stored, is_new) = self
            .files
            .place(component, reader, expected, kind, row.internal_id)
            .map_err(refuse)?;
        let mut fields = stored.to_fields();
        fields.insert("_id".into(), Value::String(row.id.clone()));
        if let Some(time) = row.creation_time.filter(|time| time.is_finite()) {
            fields.insert("_creationTime".into(), Value::Float64(time));
        }
        self.rows.entry(component.clone()).or_default().push(fields);
        match is_new {
            true => self.new.push(stored),
            false => self.needed.push((component.clone(), stored.name)),
        }
        Ok(())
    }

    /// Notes that the rows are committed: the contents stay.
    pub(super) fn keep(mut self) {
        self.new.clear();
    }
}

fn is_damage(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

impl Drop for Placed<'_> {
    fn drop(&mut self) {
        if !self.files.may_remove() {
            return;
        }
        for file in &self.new {
            // Anything left behind is removed at the next start.
            let _ = std::fs::remove_file(self.files.path(file));
        }
    }
}
