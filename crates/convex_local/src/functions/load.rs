//! Loading a folder: a new process that bundles it, evaluates it and says what is in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;

use super::call_state::lock;
use super::catalog::Catalog;
use super::live::Live;
use super::manifest::{Definition, Manifest};
use super::messages;
use super::pool::Pool;
use super::source::{self, RunnerSource};
use super::supervisor::Event;
use super::worker::{Incoming, Worker};
use super::{FunctionsConfig, LoadError, Shared, StartError, node_check};
use crate::store::{ComponentPath, SchemaError};

/// What functions see as `process.env`.
#[derive(Debug)]
struct Environment {
    variables: BTreeMap<String, String>,
    /// Counts the changes.
    version: u64,
}

/// Everything a process is started with.
#[derive(Debug)]
pub(crate) struct Launcher {
    node: PathBuf,
    source: RunnerSource,
    /// Absolute.
    pub(crate) convex_dir: PathBuf,
    cache_dir: PathBuf,
    env: Mutex<Environment>,
    limit: Duration,
    stall: Duration,
}

impl Launcher {
    /// Checks what must be there before anything can be loaded.
    pub(crate) async fn new(config: &FunctionsConfig) -> Result<Self, StartError> {
        let convex_dir = std::fs::canonicalize(&config.convex_dir)
            .map_err(|_| StartError::NoFunctions(config.convex_dir.clone()))?;
        let node = node_check::find_node(config.node.as_deref()).await?;
        let cache_dir =
            std::path::absolute(config.data_dir.join("functions")).map_err(|source| {
                StartError::Io {
                    doing: "find the data folder",
                    source,
                }
            })?;
        let source = source::install(&cache_dir)?;
        Ok(Self {
            node,
            source,
            convex_dir,
            cache_dir,
            env: Mutex::new(environment(config)),
            limit: config.limits.load,
            stall: config.limits.stall,
        })
    }

    /// Loads the folder only to see what is in it.
    pub(crate) async fn inspect(&self, start: &Start) -> Result<Manifest, StartError> {
        let (_worker, _, manifest) = self.run(start).await?;
        Ok(manifest)
    }

    /// Starts a process and waits until it has loaded what it is for.
    async fn run(&self, start: &Start) -> Result<(Worker, Incoming, Manifest), StartError> {
        let (worker, mut incoming) = self.start(start)?;
        let manifest = self.read(&mut incoming).await?;
        Ok((worker, incoming, manifest))
    }

    fn start(&self, start: &Start) -> Result<(Worker, Incoming), StartError> {
        let (worker, incoming) = Worker::spawn(&self.node, &self.source.entry, self.stall)
            .map_err(|source| StartError::Io {
                doing: "start the functions runner",
                source,
            })?;
        let (serving, revive) = match start {
            Start::Fresh => (None, false),
            Start::Instead(build) => (Some(build), false),
            Start::Again(build) => (Some(build), true),
        };
        let settings = json!({
            "convexDir": self.convex_dir,
            "cacheDir": self.cache_dir,
            "version": self.source.version,
            "env": lock(&self.env).variables,
            "serving": serving,
            "revive": revive,
        });
        worker.send(format!("I {settings}"));
        Ok((worker, incoming))
    }

    /// Sets a variable for processes that are started from now on, or unsets it without `value`.
    pub(crate) fn change_env(&self, name: &str, value: Option<String>) {
        let mut env = lock(&self.env);
        match value {
            Some(value) => env.variables.insert(name.to_owned(), value),
            None => env.variables.remove(name),
        };
        env.version += 1;
    }

    fn env_version(&self) -> u64 {
        lock(&self.env).version
    }

    async fn read(&self, incoming: &mut Incoming) -> Result<Manifest, LoadError> {
        tokio::time::timeout(self.limit, messages::read_manifest(incoming))
            .await
            .unwrap_or_else(|_| {
                Err(LoadError::new(format!(
                    "Loading the functions took longer than {} s.",
                    self.limit.as_secs()
                )))
            })
    }
}

/// What a new process is for; the text names a build, see [`Manifest::build`].
#[derive(Debug)]
pub(crate) enum Start {
    /// The first one: serve the folder as it is.
    Fresh,
    /// Serve the folder as it is now instead of this build.
    Instead(String),
    /// Serve this build again, whatever the folder looks like by now.
    Again(String),
}

/// Loads the folder, takes its schemas over and serves it.
pub(crate) async fn load(
    shared: &Arc<Shared>,
    start: Start,
    events: mpsc::UnboundedSender<Event>,
) -> Result<Pool, StartError> {
    // Read before the variables are: a change in between only makes for one more load.
    let env_version = shared.launcher.env_version();
    let (worker, incoming, manifest) = shared.launcher.run(&start).await?;
    let catalog = Arc::new(Catalog::new(manifest)?);
    apply_schemas(shared, &catalog.manifest)?;
    let first = Live::new(Arc::clone(shared), catalog, worker);
    Live::serve(&first, incoming, events.clone());
    Ok(Pool::new(first, env_version, shared.config.workers, events))
}

/// Starts one more process with what `pool` has loaded.
pub(crate) async fn another(
    shared: &Arc<Shared>,
    pool: &Pool,
    events: mpsc::UnboundedSender<Event>,
) -> Result<Arc<Live>, StartError> {
    let start = Start::Again(pool.build().to_owned());
    let (worker, incoming, _) = shared.launcher.run(&start).await?;
    let live = Live::new(Arc::clone(shared), Arc::clone(&pool.catalog), worker);
    Live::serve(&live, incoming, events);
    Ok(live)
}

fn apply_schemas(shared: &Shared, manifest: &Manifest) -> Result<(), LoadError> {
    for (component, definition) in schemas(manifest) {
        shared
            .store
            .apply_schema(&component, definition.schema.as_ref())
            .map_err(|error| definition.refuse_schema(&error))?;
    }
    Ok(())
}

/// Each mounted component with its code, and so with its schema.
pub(super) fn schemas(manifest: &Manifest) -> impl Iterator<Item = (ComponentPath, &Definition)> {
    manifest.components.iter().filter_map(|component| {
        let definition = manifest.definitions.get(component.definition)?;
        Some((ComponentPath::new(&component.path), definition))
    })
}

impl Definition {
    /// Says which file is to blame.
    pub(super) fn refuse_schema(&self, error: &SchemaError) -> LoadError {
        let file = self.dir.join("schema.ts");
        LoadError::new(format!("{}: {error}", file.display()))
    }
}

/// What functions see as `process.env`: what was given, and where the backend is.
fn environment(config: &FunctionsConfig) -> Environment {
    let mut variables = config.env.clone();
    variables.insert("CONVEX_CLOUD_URL".into(), config.cloud_url.clone());
    variables.insert("CONVEX_SITE_URL".into(), config.site_url.clone());
    Environment {
        variables,
        version: 0,
    }
}
