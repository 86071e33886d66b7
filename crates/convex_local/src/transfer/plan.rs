//! The plan of an import: the tables that it touches, their numbers and their changes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::contents::Contents;
use super::layout::STORAGE;
use crate::store::{ComponentPath, DocumentId, Dump, Former, RestoreError, RestoredTable};
use crate::value::{Object, Value};

/// How an import treats existing data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Mode {
    /// The imported tables must be empty.
    #[default]
    RequireEmpty,
    /// Documents are added.
    Append,
    /// The imported tables are replaced.
    Replace,
    /// The imported tables are replaced and all others are emptied.
    ReplaceAll,
}

impl Mode {
    fn former(self) -> Former {
        match self {
            Self::RequireEmpty => Former::None,
            Self::Append => Former::Kept,
            Self::Replace | Self::ReplaceAll => Former::Replaced,
        }
    }
}

type Key = (ComponentPath, String);

/// The change of one table.
#[derive(Debug, Default)]
struct TableChange {
    added: usize,
    existing: usize,
}

/// The summary of an import before it runs.
#[derive(Debug)]
pub(super) struct Summary {
    changes: BTreeMap<Key, TableChange>,
    mode: Mode,
}

impl Summary {
    /// Returns the changes that importing `contents` would make to the data in `dump`.
    ///
    /// # Errors
    /// When a table must be empty and is not.
    pub(super) fn of(contents: &Contents, mode: Mode, dump: &Dump) -> Result<Self, RestoreError> {
        let mut changes: BTreeMap<Key, TableChange> = BTreeMap::new();
        for (component, table, _) in &contents.numbers {
            changes
                .entry((component.clone(), table.clone()))
                .or_default();
        }
        for table in &contents.tables {
            let key = (table.component.clone(), table.table.clone());
            changes.entry(key).or_default().added += table.rows.len();
        }
        for component in &contents.storages {
            changes
                .entry((component.clone(), STORAGE.to_owned()))
                .or_default();
        }
        for file in &contents.files {
            let key = (file.component.clone(), STORAGE.to_owned());
            changes.entry(key).or_default().added += 1;
        }
        for component in dump.components() {
            for table in dump.all_tables(&component) {
                let key = (component.clone(), table.name.clone());
                if mode == Mode::ReplaceAll && !table.name.starts_with('_') {
                    changes.entry(key.clone()).or_default();
                }
                if let Some(change) = changes.get_mut(&key) {
                    change.existing = table.len;
                }
            }
        }
        let full = changes.iter().find(|(_, change)| change.existing > 0);
        if let (Mode::RequireEmpty, Some(((_, table), _))) = (mode, full) {
            return Err(RestoreError::TableExists(table.clone()));
        }
        Ok(Self { changes, mode })
    }

    /// Returns whether the import needs a confirmation, because documents are deleted.
    pub(super) fn deletes(&self) -> bool {
        self.changes.values().any(|change| self.deleted(change) > 0)
    }

    fn deleted(&self, change: &TableChange) -> usize {
        match self.mode.former() {
            Former::Replaced => change.existing,
            Former::None | Former::Kept => 0,
        }
    }

    /// Formats the summary as a table for people.
    pub(super) fn text(&self) -> String {
        let mut text = "Import change summary:".to_owned();
        let mut components: Vec<_> = self.changes.keys().map(|(c, _)| c.clone()).collect();
        components.dedup();
        for component in components {
            if !component.as_str().is_empty() {
                text.push_str(&format!("\nComponent {component}"));
            }
            let of_it = self.changes.iter().filter(|((c, _), _)| *c == component);
            let rows = of_it.map(|((_, table), change)| {
                let unit = if table == STORAGE { " files" } else { "" };
                let deleted = self.deleted(change);
                let deleted = format!("{deleted} of {}{unit}", change.existing);
                [table.clone(), change.added.to_string(), deleted]
            });
            text.push_str(&grid(rows.collect()));
        }
        text
    }
}

fn grid(mut rows: Vec<[String; 3]>) -> String {
    rows.insert(0, ["table", "create", "delete"].map(str::to_owned));
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let [a, b, c] = [width(0), width(1), width(2)];
    let mut text = String::new();
    for (index, [table, create, delete]) in rows.iter().enumerate() {
        text.push_str(&format!("\n{table:a$} | {create:b$} | {delete:c$} |"));
        if index == 0 {
            text.push_str(&format!("\n{}", "-".repeat(a + b + c + 8)));
        }
    }
    text
}

/// Returns the tables to put in place. `files` are the rows of stored files by component.
pub(super) fn restored(
    contents: Contents,
    files: BTreeMap<ComponentPath, Vec<Object>>,
    mode: Mode,
    dump: &Dump,
) -> Vec<RestoredTable> {
    let former = mode.former();
    let mut tables: BTreeMap<Key, RestoredTable> = BTreeMap::new();
    let table = |(component, name): &Key| RestoredTable {
        component: component.clone(),
        name: name.clone(),
        number: None,
        former,
        rows: Vec::new(),
    };
    for (component, name, number) in contents.numbers {
        let key = (component, name);
        tables
            .entry(key.clone())
            .or_insert_with(|| table(&key))
            .number = Some(number);
    }
    for component in contents.storages {
        let key = (component, STORAGE.to_owned());
        tables.entry(key.clone()).or_insert_with(|| table(&key));
    }
    let documents = contents.tables.into_iter();
    let documents = documents.map(|rows| ((rows.component, rows.table), rows.rows));
    let files = files.into_iter();
    let files = files.map(|(component, rows)| ((component, STORAGE.to_owned()), rows));
    for (key, rows) in documents.chain(files) {
        let table = tables.entry(key.clone()).or_insert_with(|| table(&key));
        table.number = table.number.or_else(|| rows.iter().find_map(number));
        table.rows.extend(rows);
    }
    if mode == Mode::ReplaceAll {
        for component in dump.components() {
            for other in dump.tables(&component) {
                let key = (component.clone(), other.name);
                tables.entry(key.clone()).or_insert_with(|| table(&key));
            }
        }
    }
    tables.into_values().collect()
}

/// Returns the table number in a document's id.
fn number(row: &Object) -> Option<u32> {
    match row.get("_id") {
        Some(Value::String(id)) => DocumentId::decode(id).map(|id| id.table),
        _ => None,
    }
}
