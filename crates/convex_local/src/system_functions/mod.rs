//! The system functions of a deployment (`_system/…`), for its CLI, its dashboard and programs with the admin key.
//!
//! On Convex they are functions like an app's own (`npm-packages/system-udfs`). Here the ones
//! in use are written in Rust. They can be called over a socket or HTTP, and the queries are live like others.
//!
//! - `cli`: queries of the CLI; `frontend`: queries of the dashboard.
//! - `writes`: mutations of the dashboard.

mod cli;
mod frontend;
mod writes;

use serde_json::{Value as Json, json};

pub(crate) use writes::run;

use crate::functions::{Caller, FunctionCall, FunctionError, Functions, QueryOutcome};
use crate::store::{ComponentPath, DbError, Store, Transaction};

const PREFIX: &str = "_system/";

/// Returns whether this is the path of a system function.
pub(crate) fn is_system(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Runs the query of `call`.
pub(crate) fn answer(store: &Store, functions: &Functions, call: &FunctionCall) -> QueryOutcome {
    let mut tx = store.begin();
    let asked = Asked {
        store,
        functions,
        component: component(call),
        args: &call.args,
    };
    let result = match call.caller {
        Caller::Admin => asked.answer(&call.path, &mut tx),
        Caller::Public | Caller::Internal => None,
    };
    let result = result.unwrap_or_else(|| Err(missing(&call.path)));
    QueryOutcome {
        result: result.map_err(|error| FunctionError::new(error.to_string())),
        logs: Vec::new(),
        ts: tx.snapshot(),
        read_set: tx.into_read_set(),
        journal: None,
        used_identity: true,
        used_clock: true,
    }
}

/// Returns the component of a call: the dashboard puts it into the arguments, the CLI beside them. The id of a
/// component is its path, as `components:list` returns it.
fn component(call: &FunctionCall) -> ComponentPath {
    match call.args["componentId"].as_str() {
        Some(id) => ComponentPath::new(id),
        None => call.component.clone(),
    }
}

/// Returns module and function of a path after the prefix, without `.js`.
fn split(path: &str) -> Option<(&str, &str)> {
    let (module, name) = path.split_once(':').unwrap_or((path, "default"));
    let module = module.strip_suffix(".js").unwrap_or(module);
    Some((module.strip_prefix(PREFIX)?, name))
}

fn missing(path: &str) -> DbError {
    DbError::new(format!("Could not find public function for '{path}'."))
}

struct Asked<'a> {
    store: &'a Store,
    functions: &'a Functions,
    component: ComponentPath,
    args: &'a Json,
}

impl Asked<'_> {
    /// Runs a query; `None` if it does not exist.
    fn answer(&self, path: &str, tx: &mut Transaction) -> Option<Result<Json, DbError>> {
        let (module, name) = split(path)?;
        match module.split_once('/')? {
            ("cli", module) => self.cli(module, name, tx),
            ("frontend", module) => self.frontend(module, name, tx),
            _ => None,
        }
    }

    /// Counts the documents of the table in the arguments.
    fn count(&self, tx: &mut Transaction) -> Result<Json, DbError> {
        let table = json!({ "table": self.args["tableName"] });
        tx.syscall(&self.component, "1.0/count", table)
    }
}
