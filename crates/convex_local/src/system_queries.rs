//! The queries that Convex's command line makes of a deployment: `_system/cli/…`.
//!
//! On Convex they are functions like an app's own (`npm-packages/system-udfs`), here they are these
//! few lines. Whoever has the admin key may ask them, by socket or HTTP; they are live like others.

use serde_json::{Value as Json, json};

use crate::folder;
use crate::functions::{Caller, FunctionCall, FunctionError, Functions, QueryOutcome};
use crate::store::{ComponentPath, DbError, EXPORTS, IMPORTS, Store, Transaction};

const PREFIX: &str = "_system/";
/// How many imports a list has.
const IMPORTS_SHOWN: usize = 20;

/// Returns whether a function of this path is one of the backend's own.
pub(crate) fn is_system(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Returns what the query that `call` names answers, about the tables of `component`.
pub(crate) fn answer(
    store: &Store,
    functions: &Functions,
    component: &ComponentPath,
    call: &FunctionCall,
) -> QueryOutcome {
    let mut tx = store.begin();
    let asked = Asked {
        store,
        functions,
        component,
        args: &call.args,
    };
    let result = match call.caller {
        Caller::Admin => asked.answer(&call.path, &mut tx),
        Caller::Public | Caller::Internal => None,
    };
    let result = result.unwrap_or_else(|| {
        let path = &call.path;
        let text = format!("Could not find public function for '{path}'.");
        Err(DbError::new(text))
    });
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

struct Asked<'a> {
    store: &'a Store,
    functions: &'a Functions,
    component: &'a ComponentPath,
    args: &'a Json,
}

impl Asked<'_> {
    /// Answers a query; `None` for one that there is not.
    fn answer(&self, path: &str, tx: &mut Transaction) -> Option<Result<Json, DbError>> {
        let (module, name) = path.split_once(':').unwrap_or((path, "default"));
        let module = module.strip_suffix(".js").unwrap_or(module);
        Some(match (module.strip_prefix("_system/cli/")?, name) {
            ("tables", "default") => Ok(self.tables()),
            ("tableData", "default") => self.page(tx),
            ("tableSize", "default") => {
                let table = json!({ "table": self.args["tableName"] });
                tx.syscall(self.component, "1.0/count", table)
            }
            ("queryEnvironmentVariables", "default") => self.variables(),
            ("queryEnvironmentVariables", "get") => self.variable(),
            ("modules", "apiSpec") => Ok(self.functions.spec()["functions"].clone()),
            ("convexUrl", "cloudUrl") => Ok(self.functions.spec()["url"].clone()),
            ("exports", "getLatest") => {
                let rows = tx.newest_rows(&ComponentPath::root(), EXPORTS);
                Ok(rows.first().map_or(Json::Null, |row| row.to_json()))
            }
            ("queryImport", "default") => {
                let id = self.args["importId"].as_str().unwrap_or_default();
                let row = tx.row(&ComponentPath::root(), IMPORTS, id);
                Ok(row.map_or(Json::Null, |row| row.to_json()))
            }
            ("queryImport", "list") => {
                let rows = tx.newest_rows(&ComponentPath::root(), IMPORTS);
                let rows = rows.iter().take(IMPORTS_SHOWN);
                Ok(rows.map(|row| row.to_json()).collect())
            }
            _ => return None,
        })
    }

    fn tables(&self) -> Json {
        let tables = self.store.tables(self.component).into_iter();
        let tables: Vec<_> = tables.map(|(name, _)| json!({ "name": name })).collect();
        json!({ "page": tables, "isDone": true, "continueCursor": "end" })
    }

    fn page(&self, tx: &mut Transaction) -> Result<Json, DbError> {
        let options = &self.args["paginationOpts"];
        let source = json!({
            "type": "FullTableScan",
            "tableName": self.args["table"],
            "order": self.args["order"],
        });
        let page = json!({
            "query": { "source": source, "operators": [] },
            "cursor": options["cursor"],
            "pageSize": options["numItems"],
        });
        tx.syscall(self.component, "1.0/queryPage", page)
    }

    fn variables(&self) -> Result<Json, DbError> {
        let kept = folder::env(self.store).map_err(|error| DbError::new(error.to_string()))?;
        let variables = kept.into_iter();
        Ok(variables
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect())
    }

    fn variable(&self) -> Result<Json, DbError> {
        let kept = folder::env(self.store).map_err(|error| DbError::new(error.to_string()))?;
        let name = self.args["name"].as_str().unwrap_or_default();
        Ok(match kept.get(name) {
            Some(value) => json!({ "name": name, "value": value }),
            None => Json::Null,
        })
    }
}
