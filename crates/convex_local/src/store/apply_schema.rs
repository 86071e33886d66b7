//! The application of a component's schema.

use std::sync::Arc;

use serde_json::Value as Json;

use super::Store;
use super::check::check_changes;
use super::committer::Exclusive;
use super::disk::Change;
use super::error::CommitError;
use super::model::ComponentPath;
use super::schema::{Schema, SchemaError};

impl Store {
    /// Makes `schema` (the JSON of `SchemaDefinition.export()`) the component's schema. `None` means no schema: every
    /// document is valid and only the built-in indexes exist. Only documents of tables whose validator is new are
    /// checked; applying the current schema again changes nothing.
    ///
    /// Blocks until this is done, so it must not run on a thread that also runs other tasks.
    ///
    /// # Errors
    /// When the JSON is invalid or a stored document does not match. The former schema then stays in force.
    pub fn apply_schema(
        &self,
        component: &ComponentPath,
        schema: Option<&Json>,
    ) -> Result<(), SchemaError> {
        let schema = read_schema(component, schema)?;
        let component = component.clone();
        let schema = schema.map(Arc::new);
        let applied = self
            .committer
            .alone_blocking(move |exclusive| apply(&component, schema.as_ref(), exclusive));
        applied.map_err(|_| SchemaError::Storage(CommitError::Closed.to_string()))?
    }

    /// Checks whether [`Self::apply_schema`] would accept `schema`, without changing anything.
    ///
    /// # Errors
    /// Those of [`Self::apply_schema`].
    pub fn check_schema(
        &self,
        component: &ComponentPath,
        schema: Option<&Json>,
    ) -> Result<(), SchemaError> {
        let schema = read_schema(component, schema)?;
        check_changes(&self.snapshot(), component, schema.as_ref())
    }
}

fn apply(
    component: &ComponentPath,
    schema: Option<&Arc<Schema>>,
    exclusive: &mut Exclusive<'_>,
) -> Result<(), SchemaError> {
    let mut head = exclusive.published.newest();
    if head.schema(component).map(Arc::as_ref) == schema.map(Arc::as_ref) {
        return Ok(());
    }
    // A table that is new here has no documents to check.
    check_changes(&head, component, schema.map(Arc::as_ref))?;
    head.set_schema(component, schema, || exclusive.counters.table_number());
    let tables = head.components.get(component).into_iter();
    let changes = tables
        .flat_map(|component| &component.tables)
        .map(|(name, table)| Change::Table {
            component: component.clone(),
            name: name.clone(),
            number: table.number,
        });
    let changes: Vec<_> = changes.collect();
    let written = exclusive.disk.write(head.ts, changes);
    written.map_err(|error| SchemaError::Storage(error.to_string()))?;
    exclusive.show(head);
    Ok(())
}

/// Returns the schema of a component that has one.
fn read_schema(
    component: &ComponentPath,
    schema: Option<&Json>,
) -> Result<Option<Schema>, SchemaError> {
    schema
        .filter(|schema| !schema.is_null())
        .map(|schema| Schema::parse(component, schema))
        .transpose()
}
