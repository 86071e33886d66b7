//! All documents of one moment, table by table.

use super::Store;
use super::files::StoredFile;
use super::model::{ComponentPath, Timestamp};
use super::name::is_system;
use super::snapshot::Snapshot;
use super::system::STORAGE;
use crate::value::Value;

/// The data of one moment, which later commits do not change.
#[derive(Debug)]
pub(crate) struct Dump {
    snapshot: Snapshot,
}

/// A table and how large it is.
#[derive(Clone, Debug)]
pub(crate) struct DumpedTable {
    pub(crate) component: ComponentPath,
    pub(crate) name: String,
    pub(crate) number: u32,
    /// How many documents it holds.
    pub(crate) len: usize,
}

impl Store {
    /// Returns the newest data.
    pub(crate) fn dump(&self) -> Dump {
        Dump {
            snapshot: self.snapshot(),
        }
    }
}

impl Dump {
    /// Returns the moment.
    pub(crate) fn ts(&self) -> Timestamp {
        self.snapshot.ts
    }

    /// Returns all components, the app first.
    pub(crate) fn components(&self) -> Vec<ComponentPath> {
        let mut components: Vec<_> = self.snapshot.components.keys().cloned().collect();
        components.push(ComponentPath::root());
        components.sort();
        components.dedup();
        components
    }

    /// Returns the tables of a component, without system tables.
    pub(crate) fn tables(&self, component: &ComponentPath) -> Vec<DumpedTable> {
        let tables = self.all_tables(component).into_iter();
        tables.filter(|table| !is_system(&table.name)).collect()
    }

    /// Returns the tables of a component, system tables included.
    pub(crate) fn all_tables(&self, component: &ComponentPath) -> Vec<DumpedTable> {
        let tables = self.snapshot.components.get(component).into_iter();
        tables
            .flat_map(|component| &component.tables)
            .map(|(name, table)| DumpedTable {
                component: component.clone(),
                name: name.clone(),
                number: table.number,
                len: table.len(),
            })
            .collect()
    }

    /// Returns the documents of a table by id, with all their fields.
    pub(crate) fn documents(
        &self,
        component: &ComponentPath,
        table: &str,
    ) -> impl Iterator<Item = Value> {
        let table = self.snapshot.table(component, table).into_iter();
        table
            .flat_map(|table| table.documents())
            .map(|document| document.fields())
    }

    /// Returns the stored files of a component, each with its row.
    pub(crate) fn files(
        &self,
        component: &ComponentPath,
    ) -> impl Iterator<Item = (Value, StoredFile)> {
        let table = self.snapshot.table(component, STORAGE).into_iter();
        let rows = table.flat_map(|table| table.documents());
        rows.filter_map(|row| Some((row.fields(), StoredFile::of(row)?)))
    }
}
