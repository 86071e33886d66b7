//! The records of exports and imports: rows that the CLI follows live.
//!
//! They are rows of system tables, as on Convex, so live queries see their changes, and a restart does not forget
//! interrupted jobs.

use serde_json::{Value as Json, json};

use crate::store::{CommitError, ComponentPath, DbError, EXPORTS, IMPORTS, Store, Transaction};
use crate::value::object_from_json;

/// How many rows of each table are kept.
const KEPT: usize = 20;

/// The reasons why a row was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Commit(#[from] CommitError),
}

/// A row of one of the two tables.
#[derive(Clone, Debug)]
pub(super) struct Record {
    store: Store,
    pub(super) id: String,
}

impl Record {
    /// Creates a new row in `table` and deletes all but the last few older ones.
    pub(super) async fn new(
        store: &Store,
        table: &str,
        fields: &Json,
    ) -> Result<Self, RecordError> {
        let app = ComponentPath::root();
        let insert = |tx: &mut Transaction| {
            for old in tx.newest_rows(&app, table).into_iter().skip(KEPT - 1) {
                tx.delete_row(&app, &old.id.encode())?;
            }
            Ok::<_, RecordError>(tx.insert_system(&app, table, object(fields)?)?)
        };
        let id = store.write(insert).await?;
        let store = store.clone();
        Ok(Self { store, id })
    }

    /// Applies `changes` to the row.
    pub(super) async fn change(&self, changes: &Json) -> Result<(), RecordError> {
        let app = ComponentPath::root();
        let change = |tx: &mut Transaction| Ok(tx.change_row(&app, &self.id, object(changes)?)?);
        self.store.write(change).await
    }

    /// Applies changes that nothing depends on, such as a progress message, and only logs an error.
    pub(super) async fn note(&self, changes: Json) {
        if let Err(error) = self.change(&changes).await {
            tracing::warn!(%error, "the state of an import or export was not written");
        }
    }
}

fn object(json: &Json) -> Result<crate::value::Object, DbError> {
    object_from_json(json).map_err(|error| DbError::new(error.to_string()))
}

/// Marks the jobs that were running when the backend stopped as failed.
pub(super) async fn end_interrupted(store: &Store) -> Result<(), RecordError> {
    let app = ComponentPath::root();
    let why = "The backend was stopped meanwhile. Start it again.";
    let import = json!({ "state": { "state": "failed", "error_message": why } });
    for (table, over, failed) in [
        (IMPORTS, "state.state", import),
        (EXPORTS, "state", json!({ "state": "failed" })),
    ] {
        let mut tx = store.begin();
        let rows = tx.newest_rows(&app, table);
        for row in rows {
            let state = row.fields().at_path(over).map(crate::value::Value::to_json);
            let is_over = state.is_some_and(|state| state == "completed" || state == "failed");
            if !is_over {
                tx.change_row(&app, &row.id.encode(), object(&failed)?)?;
            }
        }
        store.commit(tx).await?;
    }
    Ok(())
}
