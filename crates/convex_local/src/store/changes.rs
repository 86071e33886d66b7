//! The changes that a commit makes in the file.

use super::disk::Change;
use super::model::{ComponentPath, Write};
use super::snapshot::Snapshot;

/// Lists the changes of the documents, and of the tables that were created with their first documents.
pub(super) fn document_changes(snapshot: &Snapshot, writes: &[Write]) -> Vec<Change> {
    let mut changes = Vec::new();
    for Write {
        component,
        table,
        old,
        new,
        ..
    } in writes
    {
        if let Some(stored) = snapshot.table(component, table)
            && old.is_none()
        {
            changes.push(Change::Table {
                component: component.clone(),
                name: table.clone(),
                number: stored.number,
            });
        }
        match (old, new) {
            (_, Some(document)) => changes.push(Change::Put {
                component: component.clone(),
                document: document.clone(),
            }),
            (Some(document), None) => changes.push(Change::Delete {
                component: component.clone(),
                id: document.id,
            }),
            (None, None) => {}
        }
    }
    changes
}

/// Returns the entries of all tables of the touched components, because any of them may have a new number.
pub(super) fn table_changes(
    head: &Snapshot,
    writes: &[Write],
    named: &[ComponentPath],
) -> Vec<Change> {
    let mut components: Vec<_> = writes.iter().map(|write| &write.component).collect();
    components.extend(named);
    components.sort();
    components.dedup();
    let mut changes = Vec::new();
    for path in components {
        let tables = head.components.get(path).into_iter();
        for (name, table) in tables.flat_map(|component| &component.tables) {
            changes.push(Change::Table {
                component: path.clone(),
                name: name.clone(),
                number: table.number,
            });
        }
    }
    changes
}
