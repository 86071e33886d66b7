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
        let applied = self.apply_schemas(&[(component.clone(), schema)]);
        applied.map_err(|(_, error)| error)
    }

    /// Does the same for several components: all schemas come into force, or none.
    ///
    /// # Errors
    /// Those of [`Self::apply_schema`], with the place of the refused schema.
    pub(crate) fn apply_schemas(
        &self,
        schemas: &[(ComponentPath, Option<&Json>)],
    ) -> Result<(), (usize, SchemaError)> {
        let read = schemas
            .iter()
            .enumerate()
            .map(|(place, (component, schema))| {
                let schema = read_schema(component, *schema).map_err(|error| (place, error))?;
                Ok((component.clone(), schema.map(Arc::new)))
            });
        let schemas: Vec<_> = read.collect::<Result<_, _>>()?;
        let applied = self
            .committer
            .alone_blocking(move |exclusive| apply(&schemas, exclusive));
        applied.map_err(|_| (0, SchemaError::Storage(CommitError::Closed.to_string())))?
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
    schemas: &[(ComponentPath, Option<Arc<Schema>>)],
    exclusive: &mut Exclusive<'_>,
) -> Result<(), (usize, SchemaError)> {
    let mut head = exclusive.published.newest();
    let mut changes = Vec::new();
    let mut last_changed = None;
    for (place, (component, schema)) in schemas.iter().enumerate() {
        if head.schema(component) == schema.as_ref() {
            continue;
        }
        last_changed = Some(place);
        // A table that is new here has no documents to check.
        check_changes(&head, component, schema.as_deref()).map_err(|error| (place, error))?;
        head.set_schema(component, schema.as_ref(), || {
            exclusive.counters.table_number()
        });
        let tables = head.components.get(component).into_iter();
        let tables = tables.flat_map(|component| &component.tables);
        changes.extend(tables.map(|(name, table)| Change::Table {
            component: component.clone(),
            name: name.clone(),
            number: table.number,
        }));
    }
    let Some(place) = last_changed else {
        return Ok(());
    };
    let written = exclusive.disk.write(head.ts, changes);
    written.map_err(|error| (place, SchemaError::Storage(error.to_string())))?;
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
