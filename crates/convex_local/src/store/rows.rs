//! Rows of the backend's own tables, for the backend itself.

use std::sync::Arc;

use super::error::DbError;
use super::index::{BY_CREATION_TIME, KeyRange, full_fields};
use super::model::{ComponentPath, Document};
use super::transaction::Transaction;
use crate::value::Object;

impl Transaction {
    /// Returns all rows of a table, the newest first.
    pub(crate) fn newest_rows(
        &mut self,
        component: &ComponentPath,
        table: &str,
    ) -> Vec<Arc<Document>> {
        let all = KeyRange::all();
        let fields = full_fields(&[]);
        self.reader
            .reads
            .record(component, table, BY_CREATION_TIME, &fields, all.clone());
        let Some(table) = self.reader.view.table(component, table) else {
            return Vec::new();
        };
        let rows = table.range(BY_CREATION_TIME, &all).cloned();
        let mut rows: Vec<_> = rows.collect();
        rows.reverse();
        rows
    }

    /// Returns the row with this id, if `table` has it.
    pub(crate) fn row(
        &mut self,
        component: &ComponentPath,
        table: &str,
        id: &str,
    ) -> Option<Arc<Document>> {
        let (found_in, row) = self.find(component, id)?;
        (found_in == table).then_some(row)
    }

    /// Applies `changes` to a row.
    ///
    /// # Errors
    /// When the row does not exist (any more).
    pub(crate) fn change_row(
        &mut self,
        component: &ComponentPath,
        id: &str,
        changes: Object,
    ) -> Result<(), DbError> {
        let gone = || DbError::new(format!("There is no row {id}"));
        let (table, row) = self.find(component, id).ok_or_else(gone)?;
        let mut fields = row.object();
        fields.extend(changes);
        self.write(component, &table, row.id, Some(row.clone()), Some(fields))
    }

    /// Deletes a row.
    ///
    /// # Errors
    /// When the row does not exist (any more).
    pub(crate) fn delete_row(
        &mut self,
        component: &ComponentPath,
        id: &str,
    ) -> Result<(), DbError> {
        let gone = || DbError::new(format!("There is no row {id}"));
        let (table, row) = self.find(component, id).ok_or_else(gone)?;
        self.write(component, &table, row.id, Some(row.clone()), None)
    }
}
