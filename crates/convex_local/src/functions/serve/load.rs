//! The serving of a folder by processes.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;

use super::answering;
use super::event::Event;
use super::inspection::Inspection;
use super::pool::Pool;
use crate::functions::error::{LoadError, StartError};
use crate::functions::folder::{Catalog, Definition, environment};
use crate::functions::process::{Incoming, Launcher, Purpose, Worker};
use crate::functions::running::{Context, Host, Runner};
use crate::store::{ComponentPath, SchemaError, Store};

/// The loader of a folder, used for each load.
#[derive(Debug)]
pub(crate) struct Loader {
    pub(crate) host: Arc<Host>,
    pub(crate) launcher: Launcher,
    /// The channel for all reasons to load.
    pub(crate) events: mpsc::UnboundedSender<Event>,
}

impl Loader {
    /// Loads the folder, applies its schemas and serves it.
    ///
    /// # Errors
    /// When it does not load, or the stored data do not fit its schema.
    pub(crate) async fn load(&self, purpose: &Purpose) -> Result<Pool, StartError> {
        // Read before the variables: a change in between only causes one more load.
        let env_version = self.launcher.env_version();
        let (worker, incoming, manifest) = self.launcher.launch(purpose).await?;
        let catalog = if self.host.config.schemas_only {
            Catalog::of_schemas(manifest)
        } else {
            let catalog = Catalog::new(manifest)?;
            environment::check(&catalog.manifest, &self.launcher.variables())?;
            catalog
        };
        let catalog = Arc::new(catalog);
        let applying = Instant::now();
        self.apply_schemas(Arc::clone(&catalog)).await?;
        let steps = catalog.manifest.steps;
        tracing::debug!(
            "a load: process {:.0} ms, bundles {:.0} ms, modules {:.0} ms, schemas {} ms",
            steps.started,
            steps.bundled,
            steps.loaded,
            applying.elapsed().as_millis()
        );
        let first = self.serve(catalog, worker, incoming);
        let most = self.host.config.workers;
        Ok(Pool::new(first, env_version, most, self.events.clone()))
    }

    /// Starts one more process with what `pool` has loaded.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) async fn another(&self, pool: &Pool) -> Result<Arc<Runner>, StartError> {
        let again = Purpose::Again(pool.build().to_owned());
        let (worker, incoming, _) = self.launcher.launch(&again).await?;
        Ok(self.serve(Arc::clone(&pool.catalog), worker, incoming))
    }

    /// Inspects the folder as it is now, while `build` serves.
    ///
    /// # Errors
    /// When it does not load, or its schema is not valid.
    pub(crate) async fn inspect(&self, build: String) -> Result<Inspection, StartError> {
        let manifest = self.launcher.inspect(&Purpose::Instead(build)).await?;
        environment::check(&manifest, &self.launcher.variables())?;
        Ok(Inspection::new(&self.host.store, manifest)?)
    }

    fn serve(&self, catalog: Arc<Catalog>, worker: Worker, incoming: Incoming) -> Arc<Runner> {
        let host = Arc::clone(&self.host);
        let runner = Runner::new(Context { host, catalog }, worker);
        answering::serve(&runner, incoming, self.events.clone());
        runner
    }

    async fn apply_schemas(&self, catalog: Arc<Catalog>) -> Result<(), LoadError> {
        let store = self.host.store.clone();
        // This may check all documents of a table, so it blocks.
        let apply = move || {
            let (schemas, definitions): (Vec<_>, Vec<_>) = catalog
                .manifest
                .mounted()
                .map(|(component, definition)| {
                    ((component, definition.schema.as_ref()), definition)
                })
                .unzip();
            let applied = store.apply_schemas(&schemas);
            applied.map_err(|(place, error)| definitions[place].refuse_schema(&error))?;
            for ((component, _), definition) in schemas.iter().zip(definitions) {
                report_staged(&store, component, definition)?;
            }
            Ok(())
        };
        let applied = tokio::task::spawn_blocking(apply).await;
        applied.map_err(|error| LoadError::new(error.to_string()))?
    }
}

/// Logs whether the documents match the validators of `.staged()`, which are not enforced.
fn report_staged(
    store: &Store,
    component: &ComponentPath,
    definition: &Definition,
) -> Result<(), LoadError> {
    let Some(staged) = definition.staged_schema() else {
        return Ok(());
    };
    match store.check_schema(component, Some(&staged)) {
        Ok(()) => tracing::info!("all documents match the staged validators"),
        Err(SchemaError::DocumentMismatch { table, id, reason }) => {
            tracing::warn!(
                "the document {id} does not match the staged validator of {table}: {reason}"
            );
        }
        Err(error) => return Err(definition.refuse_schema(&error)),
    }
    Ok(())
}
