//! The loading of a folder: a new process bundles it, evaluates it and describes its content.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::json;

use super::node;
use super::source::{self, RunnerSource};
use super::wire::{FromRunner, ToRunner};
use super::worker::{Incoming, Worker};
use crate::functions::config::{FunctionsConfig, Limits};
use crate::functions::error::{FunctionError, LoadError, StartError};
use crate::functions::folder::Manifest;
use crate::functions::request::print_line;
use crate::lock::lock;

/// The variables that functions see in `process.env`.
#[derive(Debug)]
struct Environment {
    variables: BTreeMap<String, String>,
    /// Counts the changes.
    version: u64,
}

/// The purpose of a new process. The text is the name of a build, see [`Manifest::build`].
#[derive(Debug)]
pub(crate) enum Purpose {
    /// The first load: serve the folder as it is.
    Fresh,
    /// Serve the folder as it is now instead of this build.
    Instead(String),
    /// Serve this build again, even if the folder has changed.
    Again(String),
}

/// Everything that is needed to start a process.
#[derive(Debug)]
pub(crate) struct Launcher {
    node: PathBuf,
    source: RunnerSource,
    /// Absolute.
    convex_dir: PathBuf,
    cache_dir: PathBuf,
    env: Mutex<Environment>,
    schemas_only: bool,
    limits: Limits,
}

impl Launcher {
    /// Checks the requirements of loading a folder.
    ///
    /// # Errors
    /// When Node.js or the folder is missing, or the data folder cannot be written.
    pub(crate) async fn new(config: &FunctionsConfig) -> Result<Self, StartError> {
        let convex_dir = std::fs::canonicalize(&config.convex_dir)
            .map_err(|_| StartError::NoFunctions(config.convex_dir.clone()))?;
        let node = node::find(config.node.as_deref()).await?;
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
            schemas_only: config.schemas_only,
            limits: config.limits,
        })
    }

    /// Returns the functions folder; absolute.
    pub(crate) fn convex_dir(&self) -> &Path {
        &self.convex_dir
    }

    /// Loads the folder only to inspect it.
    ///
    /// # Errors
    /// When it does not load.
    pub(crate) async fn inspect(&self, purpose: &Purpose) -> Result<Manifest, StartError> {
        let (_worker, _, manifest) = self.launch(purpose).await?;
        Ok(manifest)
    }

    /// Starts a process and waits until it has loaded the folder.
    ///
    /// # Errors
    /// When it does not start, or the folder does not load.
    pub(crate) async fn launch(
        &self,
        purpose: &Purpose,
    ) -> Result<(Worker, Incoming, Manifest), StartError> {
        let (worker, mut incoming) = self.start(purpose)?;
        let manifest = self.read(&mut incoming).await?;
        Ok((worker, incoming, manifest))
    }

    fn start(&self, purpose: &Purpose) -> Result<(Worker, Incoming), StartError> {
        let (worker, incoming) = Worker::spawn(&self.node, &self.source.entry, &self.limits)
            .map_err(|source| StartError::Io {
                doing: "start the functions runner",
                source,
            })?;
        let (serving, revive) = match purpose {
            Purpose::Fresh => (None, false),
            Purpose::Instead(build) => (Some(build), false),
            Purpose::Again(build) => (Some(build), true),
        };
        let settings = json!({
            "convexDir": self.convex_dir,
            "cacheDir": self.cache_dir,
            "version": self.source.version,
            "env": lock(&self.env).variables,
            "serving": serving,
            "revive": revive,
            "schemasOnly": self.schemas_only,
        });
        worker.send(&ToRunner::Load(&settings));
        Ok((worker, incoming))
    }

    /// Sets a variable for processes that are started from now on. Without `value`, unsets it.
    pub(crate) fn change_env(&self, name: &str, value: Option<String>) {
        let mut env = lock(&self.env);
        match value {
            Some(value) => env.variables.insert(name.to_owned(), value),
            None => env.variables.remove(name),
        };
        env.version += 1;
    }

    /// Returns the variables that functions see in `process.env`.
    pub(crate) fn variables(&self) -> BTreeMap<String, String> {
        lock(&self.env).variables.clone()
    }

    /// Returns the version of the environment, which grows with each change.
    pub(crate) fn env_version(&self) -> u64 {
        lock(&self.env).version
    }

    async fn read(&self, incoming: &mut Incoming) -> Result<Manifest, LoadError> {
        tokio::time::timeout(self.limits.load, read_manifest(incoming))
            .await
            .unwrap_or_else(|_| {
                Err(LoadError::new(format!(
                    "Loading the functions took longer than {} s.",
                    self.limits.load.as_secs()
                )))
            })
    }
}

/// Reads messages until the process has loaded the folder or refused it.
async fn read_manifest(incoming: &mut Incoming) -> Result<Manifest, LoadError> {
    while let Some(message) = incoming.next().await {
        match message {
            FromRunner::Manifest(json) => {
                return serde_json::from_str(json).map_err(|error| {
                    LoadError::new(format!("unexpected answer of the runner: {error}"))
                });
            }
            FromRunner::Refused(thrown) => {
                return Err(LoadError::new(FunctionError::from(thrown).message));
            }
            FromRunner::Log { level, text, .. } => print_line(&level, "loading", None, &text),
            _ => {}
        }
    }
    Err(LoadError::new(
        "The process that loads functions ended unexpectedly.",
    ))
}

/// Returns the variables that functions see in `process.env`: the configured ones and the backend's URLs.
fn environment(config: &FunctionsConfig) -> Environment {
    let mut variables = config.env.clone();
    variables.insert("CONVEX_CLOUD_URL".into(), config.cloud_url.clone());
    variables.insert("CONVEX_SITE_URL".into(), config.site_url.clone());
    Environment {
        variables,
        version: 0,
    }
}
