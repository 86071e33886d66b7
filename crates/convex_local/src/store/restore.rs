//! The replacement of whole tables in one commit, the last step of an import.
//!
//! Unlike a transaction it may give a table another number, because the ids in a snapshot carry the
//! numbers of the deployment it was made in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::Store;
use super::changes::{document_changes, table_changes};
use super::check::check_documents;
use super::committer::Exclusive;
use super::error::CommitError;
use super::id::DocumentId;
use super::model::{Commit, ComponentPath, Document, Parsed, Timestamp, Write};
use super::name::is_system;
use super::schema::SchemaError;
use super::snapshot::Snapshot;
use super::system;
use crate::value::{Object, Value};

/// Tables to put in place, all or none.
#[derive(Debug, Default)]
pub(crate) struct Restore {
    pub(crate) tables: Vec<RestoredTable>,
    /// Stored files whose content is used again, so they must still exist.
    pub(crate) needed_files: Vec<(ComponentPath, Uuid)>,
}

/// One table of a [`Restore`].
#[derive(Debug)]
pub(crate) struct RestoredTable {
    pub(crate) component: ComponentPath,
    pub(crate) name: String,
    /// The number that the ids of the documents carry, or any.
    pub(crate) number: Option<u32>,
    pub(crate) former: Former,
    /// `_id` and `_creationTime` are made where they are missing.
    pub(crate) rows: Vec<Object>,
}

/// What happens to the existing documents of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Former {
    /// There must be none.
    None,
    /// They are kept.
    Kept,
    /// They are deleted.
    Replaced,
}

/// The reasons why nothing was put in place.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum RestoreError {
    /// The table had to be empty.
    #[error(
        "Table {0} already exists. Please choose a new table name or use replace/append modes."
    )]
    TableExists(String),
    /// Two tables with one number.
    #[error(
        "New table `{table}`{place} has IDs that conflict with existing table `{other}`. To \
         delete all existing tables, import with --replace-all, or import without `_id` fields."
    )]
    NumberTaken {
        table: String,
        other: String,
        place: String,
    },
    /// Documents are added to a table whose ids have another number.
    #[error(
        "_id {id} cannot be imported into '{table}' because it came from a different deployment: \
         its number is {found}, that of the table is {number}. Import with --replace, or without \
         `_id` fields."
    )]
    ForeignId {
        id: String,
        table: String,
        found: u32,
        number: u32,
    },
    /// A document appears twice or already exists.
    #[error("Objects in table \"{table}\" have duplicate _id fields: {id}")]
    DuplicateId { table: String, id: String },
    /// The schema refuses a document.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A stored file that was to be used again is gone.
    #[error("A stored file was deleted during the import. Start it again.")]
    FileGone,
    /// The disk refused.
    #[error("The database could not be written: {0}")]
    Storage(String),
    /// The disk has failed.
    #[error(transparent)]
    Refused(CommitError),
    /// The store is shutting down.
    #[error("The database is closed")]
    Closed,
}

impl Store {
    /// Puts tables in place and returns when they became visible; they are on disk then.
    ///
    /// # Errors
    /// [`RestoreError`]; nothing has changed then.
    pub(crate) async fn restore(&self, restore: Restore) -> Result<Timestamp, RestoreError> {
        let restored = self
            .committer
            .alone(|exclusive| carry_out(restore, exclusive));
        restored.await.map_err(|_| RestoreError::Closed)?
    }
}

fn carry_out(restore: Restore, exclusive: &mut Exclusive<'_>) -> Result<Timestamp, RestoreError> {
    let named: Vec<_> = restore.tables.iter().map(|t| t.component.clone()).collect();
    let mut head = exclusive.published.newest();
    let counters = exclusive.counters;
    // Tables that give way get numbers that no imported table brings.
    let given = restore.tables.iter().filter_map(|table| table.number);
    counters.reserve(given.max().unwrap_or(0));
    let fresh = Fresh {
        table_number: &|| counters.table_number(),
        creation_time: &|| counters.creation_time(),
    };
    let writes = restore.apply(&mut head, &fresh)?;
    head.ts = head.ts.next();
    let ts = head.ts;
    let mut changes = table_changes(&head, &writes, &named);
    changes.extend(document_changes(&head, &writes));
    let written = exclusive.disk.write(ts, changes);
    written.map_err(|error| match error {
        CommitError::Storage(text) => RestoreError::Storage(text),
        other => RestoreError::Refused(other),
    })?;
    exclusive.publish(Commit { ts, writes }, head);
    Ok(ts)
}

/// The source of new ids and times.
pub(super) struct Fresh<'a> {
    pub(super) table_number: &'a dyn Fn() -> u32,
    pub(super) creation_time: &'a dyn Fn() -> f64,
}

/// Written documents by component, table and id.
type Writes = BTreeMap<(ComponentPath, String, DocumentId), Write>;

impl Restore {
    /// Changes `head` and returns the writes; after an error `head` must be dropped.
    pub(super) fn apply(
        self,
        head: &mut Snapshot,
        fresh: &Fresh<'_>,
    ) -> Result<Vec<Write>, RestoreError> {
        let is_there =
            |(component, name): &(ComponentPath, Uuid)| head.file_named(component, *name).is_some();
        if !self.needed_files.iter().all(is_there) {
            return Err(RestoreError::FileGone);
        }
        let mut writes = Writes::new();
        for table in &self.tables {
            table.make_room(head, fresh, &mut writes)?;
        }
        let mut components = Vec::new();
        for table in self.tables {
            components.push(table.component.clone());
            table.fill(head, fresh, &mut writes)?;
        }
        components.sort();
        components.dedup();
        for component in components {
            give_way(head, &component, &writes, fresh)?;
            let known = head.components.get(&component);
            let schema = known.and_then(|known| known.schema.as_deref());
            check_documents(head, &component, schema)?;
        }
        Ok(writes.into_values().collect())
    }
}

impl RestoredTable {
    /// Removes the former documents and makes the table with its number.
    fn make_room(
        &self,
        head: &mut Snapshot,
        fresh: &Fresh<'_>,
        writes: &mut Writes,
    ) -> Result<(), RestoreError> {
        let Self {
            component, name, ..
        } = self;
        let existing = head.table(component, name);
        let count = existing.map_or(0, super::snapshot::Table::len);
        if self.former == Former::None && count > 0 {
            return Err(RestoreError::TableExists(name.clone()));
        }
        let number = existing.map(|table| table.number);
        if self.former == Former::Kept && count > 0 {
            return Ok(());
        }
        let former: Vec<_> = existing.into_iter().flat_map(|t| t.documents()).collect();
        let former: Vec<Arc<Document>> = former.into_iter().cloned().collect();
        for document in former {
            head.replace(component, name, Some(&Parsed::of(&document)), None);
            writes.insert(
                (component.clone(), name.clone(), document.id),
                self.write(Some(document), None),
            );
        }
        if number.is_none() || self.number.is_some_and(|wanted| Some(wanted) != number) {
            let usual = || system::number(name).unwrap_or_else(|| (fresh.table_number)());
            let number = self.number.or(number).unwrap_or_else(usual);
            head.remove_table(component, name);
            head.ensure_table(component, name, number);
        }
        Ok(())
    }

    /// Adds the documents.
    fn fill(
        mut self,
        head: &mut Snapshot,
        fresh: &Fresh<'_>,
        writes: &mut Writes,
    ) -> Result<(), RestoreError> {
        let table = head.table(&self.component, &self.name);
        let number = table.map_or(0, |table| table.number);
        for fields in std::mem::take(&mut self.rows) {
            let document = complete(fields, number, fresh, &self.name)?;
            let id = document.document.id;
            let stands = head.table(&self.component, &self.name);
            if stands.is_some_and(|table| table.get(id).is_some()) {
                return Err(RestoreError::DuplicateId {
                    table: self.name,
                    id: id.encode(),
                });
            }
            head.replace(&self.component, &self.name, None, Some(&document));
            let write = self.write(None, Some(document.document));
            let key = (self.component.clone(), self.name.clone(), id);
            match writes.get_mut(&key) {
                Some(former) => former.new = write.new,
                None => drop(writes.insert(key, write)),
            }
        }
        Ok(())
    }

    fn write(&self, old: Option<Arc<Document>>, new: Option<Arc<Document>>) -> Write {
        Write::new(self.component.clone(), self.name.clone(), old, new)
    }
}

/// Returns the document of a row; an id must have the number of the table.
fn complete(
    mut fields: Object,
    number: u32,
    fresh: &Fresh<'_>,
    table: &str,
) -> Result<Parsed, RestoreError> {
    let given = match fields.get("_id") {
        Some(Value::String(id)) => DocumentId::decode(id),
        _ => None,
    };
    let id = given.unwrap_or_else(|| DocumentId::random(number));
    if id.table != number {
        return Err(RestoreError::ForeignId {
            id: id.encode(),
            table: table.to_owned(),
            found: id.table,
            number,
        });
    }
    fields.insert("_id".into(), Value::String(id.encode()));
    fields
        .entry("_creationTime".into())
        .or_insert_with(|| Value::Float64((fresh.creation_time)()));
    Ok(Parsed::new(id, fields))
}

/// Resolves collisions: no two tables of a component may have one number. An empty table gives
/// way to one with documents and takes another number.
fn give_way(
    head: &mut Snapshot,
    path: &ComponentPath,
    writes: &Writes,
    fresh: &Fresh<'_>,
) -> Result<(), RestoreError> {
    let Some(component) = head.components.get(path) else {
        return Ok(());
    };
    let restored = |name: &str| {
        let mut keys = writes.keys();
        keys.any(|(component, table, _)| component == path && table == name)
    };
    let mut taken: HashMap<u32, String> = HashMap::new();
    let mut moved = Vec::new();
    // Tables with documents come first, because they cannot move.
    let mut tables: Vec<_> = component.tables.iter().collect();
    tables.sort_by_key(|(_, table)| table.len() == 0);
    for (name, table) in tables {
        let other = taken.insert(table.number, name.clone()).or_else(|| {
            let usual = system::table_numbered(table.number);
            usual.filter(|usual| usual != name).map(str::to_owned)
        });
        let Some(other) = other else { continue };
        if table.len() == 0 && !is_system(name) {
            taken.insert(table.number, other);
            moved.push(name.clone());
            continue;
        }
        // The error names the restored one of the two.
        let (table, other) = match restored(name) {
            true => (name.clone(), other),
            false => (other, name.clone()),
        };
        return Err(RestoreError::NumberTaken {
            table,
            other,
            place: in_component(path),
        });
    }
    for name in moved {
        head.remove_table(path, &name);
        head.ensure_table(path, &name, (fresh.table_number)());
    }
    Ok(())
}

/// Returns `""` for the app, ` in 'notes'` for a component.
fn in_component(path: &ComponentPath) -> String {
    match path.as_str() {
        "" => String::new(),
        path => format!(" in '{path}'"),
    }
}
