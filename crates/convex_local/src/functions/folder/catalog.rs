//! The catalog that finds functions by path, by reference between components and by handle.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::cron::Cron;
use super::manifest::{Component, FunctionMeta, Kind, Manifest};
use super::signature::Signature;
use super::tree;
use crate::auth::AuthProvider;
use crate::functions::call::FunctionCall;
use crate::functions::error::{FunctionError, LoadError};
use crate::scheduler::when::Schedule;
use crate::store::{ComponentPath, WorkKind};

const CHILD_REFERENCE: &str = "_reference/childComponent/";
const HANDLE: &str = "function://";

/// A function at its place in the component tree.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) component: ComponentPath,
    /// The component path as text, `""` for the app.
    pub(crate) mount: String,
    pub(crate) definition: usize,
    /// `module:export`.
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) public: bool,
    pub(crate) signature: Signature,
}

impl Function {
    /// Returns its name in logs: `todos:list`, `betterAuth/adapter:findOne`.
    pub(crate) fn label(&self) -> String {
        if self.mount.is_empty() {
            self.path.clone()
        } else {
            format!("{}/{}", self.mount, self.path)
        }
    }

    /// Returns the kind of work, for conflicts: calls with the same arguments probably touch the same documents.
    pub(crate) fn work_kind(&self, args: &Json) -> WorkKind {
        WorkKind::of(&(&self.mount, &self.path, args))
    }

    /// Returns a text that names this function for as long as it exists, see `createFunctionHandle`.
    pub(crate) fn handle(&self) -> String {
        format!("{HANDLE}{};{}", self.mount, self.path)
    }

    /// Checks the kind of the function.
    pub(crate) fn expect(&self, kind: Kind) -> Result<(), FunctionError> {
        if self.kind == kind {
            return Ok(());
        }
        Err(FunctionError::new(format!(
            "Trying to execute {} as {kind}, but it is defined as {}.",
            in_file(&self.path),
            self.kind
        )))
    }
}

/// The reference of a function to another one, in the arguments of a system call.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Address {
    name: Option<String>,
    reference: Option<String>,
    function_handle: Option<String>,
}

/// All functions of all mounted components.
#[derive(Debug)]
pub(crate) struct Catalog {
    pub(crate) manifest: Manifest,
    pub(crate) auth: Arc<Vec<AuthProvider>>,
    functions: HashMap<String, HashMap<String, Arc<Function>>>,
}

impl Catalog {
    /// Indexes a manifest.
    ///
    /// # Errors
    /// When a function declares a validator that cannot be understood, or a deployment would refuse
    /// the components or crons.
    pub(crate) fn new(manifest: Manifest) -> Result<Self, LoadError> {
        tree::check(&manifest)?;
        let mut functions = HashMap::new();
        for component in &manifest.components {
            let mut found = HashMap::new();
            let definition = manifest
                .definitions
                .get(component.definition)
                .ok_or_else(|| LoadError::new("the runner named a component without code"))?;
            for (module, content) in &definition.modules {
                for (name, meta) in &content.functions {
                    let path = format!("{module}:{name}");
                    let function = function_at(component, &path, meta)?;
                    found.insert(path, Arc::new(function));
                }
            }
            functions.insert(component.path.clone(), found);
        }
        let catalog = Self {
            auth: Arc::new(manifest.auth.clone()),
            manifest,
            functions,
        };
        catalog.check_crons()?;
        Ok(catalog)
    }

    /// Creates a catalog without functions from a manifest of schemas alone; requirements of functions are not checked.
    pub(crate) fn of_schemas(manifest: Manifest) -> Self {
        Self {
            auth: Arc::default(),
            manifest,
            functions: HashMap::new(),
        }
    }

    /// Returns the function with `path` in the component mounted at `mount`.
    pub(crate) fn find(&self, mount: &str, path: &str) -> Option<&Arc<Function>> {
        self.functions.get(mount)?.get(&canonical(path))
    }

    /// Returns a function that is called from outside. The exports of a component are for its parent: a caller that
    /// may not call internal functions reaches none of them.
    pub(crate) fn find_for(&self, call: &FunctionCall) -> Result<&Arc<Function>, FunctionError> {
        let (mount, path) = (call.component.as_str(), &call.path);
        let internal_too = call.caller.reaches_internal();
        let found = self
            .find(mount, path)
            .filter(|function| (function.public && mount.is_empty()) || internal_too);
        found.ok_or_else(|| missing(path, mount, internal_too))
    }

    /// Returns a function of the component mounted at `mount`, public or not.
    pub(crate) fn find_in(&self, mount: &str, path: &str) -> Result<&Arc<Function>, FunctionError> {
        self.find(mount, path)
            .ok_or_else(|| missing(path, mount, true))
    }

    /// Returns a function that code of the component mounted at `mount` calls.
    pub(crate) fn resolve(
        &self,
        mount: &str,
        address: &Address,
    ) -> Result<&Arc<Function>, FunctionError> {
        if let Some(handle) = &address.function_handle {
            return self.by_handle(handle);
        }
        if let Some(name) = &address.name {
            return match name.strip_prefix(HANDLE) {
                Some(_) => self.by_handle(name),
                None => self.find_in(mount, name),
            };
        }
        let reference = address.reference.as_deref().unwrap_or_default();
        self.by_reference(mount, reference)
    }

    fn by_handle(&self, handle: &str) -> Result<&Arc<Function>, FunctionError> {
        handle
            .strip_prefix(HANDLE)
            .and_then(|rest| rest.split_once(';'))
            .and_then(|(mount, path)| self.find(mount, path))
            .ok_or_else(|| {
                FunctionError::new(format!(
                    "The function that the handle '{handle}' names does not exist any more."
                ))
            })
    }

    fn by_reference(&self, mount: &str, reference: &str) -> Result<&Arc<Function>, FunctionError> {
        let unknown = || FunctionError::new(format!("Invalid function reference '{reference}'"));
        let rest = reference
            .strip_prefix(CHILD_REFERENCE)
            .ok_or_else(unknown)?;
        let (name, rest) = rest.split_once('/').ok_or_else(unknown)?;
        let child = self
            .component(mount)
            .and_then(|component| component.children.get(name))
            .ok_or_else(|| {
                FunctionError::new(format!(
                    "Child component '{name}' not found. Is it installed with `use()` in convex.config.ts?"
                ))
            })?;
        let path = match rest.rsplit_once('/') {
            Some((module, export)) => format!("{module}:{export}"),
            None => format!("{rest}:default"),
        };
        // Internal functions of a component are not exported to its parent.
        self.find(child, &path)
            .filter(|function| function.public)
            .ok_or_else(|| missing(&path, child, true))
    }

    /// Returns the crons of all components.
    pub(crate) fn crons(&self) -> Vec<Cron> {
        let mounted = self.manifest.components.iter().filter_map(|component| {
            let definition = self.manifest.definitions.get(component.definition)?;
            Some((component, definition.crons.as_ref()?))
        });
        mounted
            .flat_map(|(component, crons)| {
                crons.iter().map(|(identifier, entry)| Cron {
                    identifier: identifier.clone(),
                    component: component.path.clone(),
                    path: canonical(&entry.name),
                    args: entry.args.first().cloned().unwrap_or_default(),
                    schedule: entry.schedule.clone(),
                })
            })
            .collect()
    }

    /// Refuses crons of missing functions and at invalid times, as a deployment would.
    fn check_crons(&self) -> Result<(), LoadError> {
        for cron in self.crons() {
            let refuse = |problem: String| {
                let name = &cron.identifier;
                Err(LoadError::new(format!("crons: \"{name}\" {problem}")))
            };
            match self.find(&cron.component, &cron.path) {
                None => return refuse(format!("schedules {}, which does not exist", cron.path)),
                Some(function) if function.kind == Kind::Query => {
                    return refuse(format!("schedules {}, which is a query", cron.path));
                }
                Some(_) => {}
            }
            if let Err(error) = Schedule::parse(&cron.schedule) {
                return refuse(error.to_string());
            }
        }
        Ok(())
    }

    pub(crate) fn component(&self, mount: &str) -> Option<&Component> {
        let mut components = self.manifest.components.iter();
        components.find(|component| component.path == mount)
    }
}

fn function_at(
    component: &Component,
    path: &str,
    meta: &FunctionMeta,
) -> Result<Function, LoadError> {
    let signature = Signature::parse(&in_file(path), meta)
        .map_err(|problem| LoadError::new(format!("{path}: {problem}")))?;
    Ok(Function {
        component: ComponentPath::new(&component.path),
        mount: component.path.clone(),
        definition: component.definition,
        path: path.to_owned(),
        kind: meta.kind,
        public: meta.public,
        signature,
    })
}

/// Turns `todos:list` into `todos.js:list`, the name of a function in the original's errors.
fn in_file(path: &str) -> String {
    path.replacen(':', ".js:", 1)
}

/// Turns `todos.js:list` into `todos:list`, and `todos` into `todos:default`.
fn canonical(path: &str) -> String {
    let (module, name) = path.split_once(':').unwrap_or((path, "default"));
    let module = [".js", ".ts"]
        .iter()
        .find_map(|extension| module.strip_suffix(extension))
        .unwrap_or(module);
    format!("{module}:{name}")
}

fn missing(path: &str, mount: &str, internal_too: bool) -> FunctionError {
    let public = if internal_too { "" } else { "public " };
    let place = if mount.is_empty() {
        String::new()
    } else {
        format!(" in component '{mount}'")
    };
    FunctionError::new(format!(
        "Could not find {public}function for '{path}'{place}. \
         Did you forget to run `npx convex dev` or `npx convex deploy`?"
    ))
}
