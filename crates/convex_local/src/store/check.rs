//! The check of stored documents against a schema.

use super::model::ComponentPath;
use super::schema::{Schema, SchemaError};
use super::snapshot::Snapshot;
use super::validator::Validator;

/// Checks whether all documents of a component match a schema.
///
/// # Errors
/// The first document that does not match.
pub(crate) fn check_documents(
    snapshot: &Snapshot,
    path: &ComponentPath,
    schema: Option<&Schema>,
) -> Result<(), SchemaError> {
    let tables = |_: &str, _: &Validator| true;
    check_tables(snapshot, path, schema, tables)
}

/// Checks only the tables whose validator differs from the one in force; all others match already.
///
/// # Errors
/// The first document that does not match.
pub(crate) fn check_changes(
    snapshot: &Snapshot,
    path: &ComponentPath,
    schema: Option<&Schema>,
) -> Result<(), SchemaError> {
    let in_force = snapshot.schema(path);
    let changed = |table: &str, validator: &Validator| {
        let former = in_force.and_then(|schema| schema.document(table));
        former != Some(validator)
    };
    check_tables(snapshot, path, schema, changed)
}

fn check_tables(
    snapshot: &Snapshot,
    path: &ComponentPath,
    schema: Option<&Schema>,
    wanted: impl Fn(&str, &Validator) -> bool,
) -> Result<(), SchemaError> {
    let (Some(component), Some(schema)) = (snapshot.components.get(path), schema) else {
        return Ok(());
    };
    let table_of = |id| snapshot.table_named(path, id);
    for (name, table) in &component.tables {
        let validator = schema.document(name);
        let Some(validator) = validator.filter(|validator| wanted(name, validator)) else {
            continue;
        };
        for document in table.documents() {
            let fields = document.object();
            let checked = validator.check_document(&fields, &table_of);
            checked.map_err(|reason| SchemaError::DocumentMismatch {
                table: name.clone(),
                id: document.id.encode(),
                reason: reason.to_string(),
            })?;
        }
    }
    Ok(())
}
