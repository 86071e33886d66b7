//! The queries of Convex's CLI: `_system/cli/…`.

use serde_json::{Value as Json, json};

use super::Asked;
use crate::folder;
use crate::store::{ComponentPath, DbError, EXPORTS, IMPORTS, Transaction};

/// The number of imports in a list.
const IMPORTS_SHOWN: usize = 20;

impl Asked<'_> {
    /// Runs a query of the CLI; `None` if it does not exist.
    pub(super) fn cli(
        &self,
        module: &str,
        name: &str,
        tx: &mut Transaction,
    ) -> Option<Result<Json, DbError>> {
        Some(match (module, name) {
            ("tables", "default") => Ok(self.tables()),
            ("tableData", "default") => self.page(tx),
            ("tableSize", "default") => self.count(tx),
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
        let tables = self.store.tables(&self.component).into_iter();
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
        tx.syscall(&self.component, "1.0/queryPage", page)
    }

    pub(super) fn variables(&self) -> Result<Json, DbError> {
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
