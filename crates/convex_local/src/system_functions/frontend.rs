//! The queries of the dashboard and of programs that grade apps: `_system/frontend/…`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};

use super::Asked;
use crate::functions::Cron;
use crate::store::{CronRow, DbError, Transaction};
use crate::value::Value;

const DAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];

impl Asked<'_> {
    /// Runs a query of the dashboard; `None` if it does not exist.
    pub(super) fn frontend(
        &self,
        module: &str,
        name: &str,
        tx: &mut Transaction,
    ) -> Option<Result<Json, DbError>> {
        Some(match (module, name) {
            ("getSchemas", "default") => {
                let schema = self.functions.schema(&self.component);
                Ok(schema.map_or(json!({}), |schema| json!({ "active": schema.to_string() })))
            }
            ("tableSize", "default") => self.count(tx),
            ("tableSize", "sizeOfAllTables") => {
                let tables = self.store.tables(&self.component);
                // Counts are float64, as in JavaScript.
                #[expect(clippy::cast_precision_loss, reason = "documents are no 2^53")]
                let total = tables.iter().map(|(_, count)| *count).sum::<usize>() as f64;
                Ok(json!(total))
            }
            ("listTableScan", "default") => self.newest(tx),
            ("paginatedTableDocuments", "default") => self.documents(tx),
            ("getById", "default") => self.document(tx),
            ("listCronJobs", "default") => Ok(self.crons(tx)),
            ("listEnvironmentVariables", "default") => self.variables(),
            ("components", "list") => Ok(self.functions.components()),
            ("convexCloudUrl", "default") => Ok(self.functions.spec()["url"].clone()),
            _ => return None,
        })
    }

    /// Returns the newest documents of a table.
    fn newest(&self, tx: &mut Transaction) -> Result<Json, DbError> {
        let limit = self.args["limit"].as_f64().unwrap_or_default();
        if limit < 1.0 {
            return Ok(json!([]));
        }
        let page = json!({ "numItems": limit, "cursor": null });
        Ok(self.table_page(tx, &page, "desc")?["page"].take())
    }

    /// Returns a page of a table. The dashboard's filters are not supported.
    fn documents(&self, tx: &mut Transaction) -> Result<Json, DbError> {
        let filters = self.args["filters"].as_str().map(|text| {
            let bytes = BASE64.decode(text).ok()?;
            serde_json::from_slice::<Json>(&bytes).ok()
        });
        let filters = match filters {
            None => Json::Null,
            Some(filters) => filters.ok_or_else(|| DbError::new("The filters are not valid."))?,
        };
        let filtered = ["clauses", "index"].iter().any(|name| {
            let given = filters.get(name);
            given.is_some_and(|given| !given.is_null() && *given != json!([]))
        });
        if filtered {
            return Err(DbError::new(
                "convex-local does not know the filters of paginatedTableDocuments",
            ));
        }
        let order = filters["order"].as_str().unwrap_or("desc");
        self.table_page(tx, &self.args["paginationOpts"], order)
    }

    fn table_page(
        &self,
        tx: &mut Transaction,
        options: &Json,
        order: &str,
    ) -> Result<Json, DbError> {
        let table = &self.args["table"];
        let source = json!({ "type": "FullTableScan", "tableName": table, "order": order });
        let page = json!({
            "query": { "source": source, "operators": [] },
            "cursor": options["cursor"],
            "pageSize": options["numItems"],
        });
        tx.syscall(&self.component, "1.0/queryPage", page)
    }

    fn document(&self, tx: &mut Transaction) -> Result<Json, DbError> {
        let get = |is_system| json!({ "id": self.args["id"], "isSystem": is_system });
        let found = tx.syscall(&self.component, "1.0/get", get(false));
        found.or_else(|_| tx.syscall(&self.component, "1.0/get", get(true)))
    }

    fn crons(&self, tx: &mut Transaction) -> Json {
        let crons = self.functions.crons().into_iter();
        let here = crons.filter(|cron| cron.component == self.component.as_str());
        here.map(|cron| {
            let row = tx.cron(&self.component, &cron.identifier);
            job(&cron, row.as_ref())
        })
        .collect()
    }
}

/// Returns a cron as a deployment shows it. Runs are not stored, so no last run is included.
fn job(cron: &Cron, row: Option<&CronRow>) -> Json {
    let next = row.and_then(|row| {
        let nanoseconds = integer(row.next_ms? * 1e6);
        let state = if row.running { "inProgress" } else { "pending" };
        Some(json!({ "nextTs": nanoseconds, "state": { "type": state } }))
    });
    let (module, function) = cron.path.split_once(':').unwrap_or((&cron.path, "default"));
    let args = json!([cron.args]).to_string();
    json!({
        "name": cron.identifier,
        "cronSpec": {
            "udfPath": format!("{module}.js:{function}"),
            "udfArgs": Value::Bytes(args.into_bytes()).to_json(),
            "cronSchedule": schedule(&cron.schedule),
        },
        "lastRun": null,
        "nextRun": next,
    })
}

/// Returns a schedule of `crons.ts` as it is stored: one unit for intervals, whole numbers.
fn schedule(exported: &Json) -> Json {
    let number = |name: &str| exported[name].as_f64().unwrap_or_default();
    match exported["type"].as_str() {
        Some("interval") => {
            let seconds = number("seconds") + 60.0 * number("minutes") + 3600.0 * number("hours");
            json!({ "type": "interval", "seconds": integer(seconds) })
        }
        Some("cron") => json!({ "type": "cron", "cronExpr": exported["cron"] }),
        _ => {
            let fields = exported.as_object().into_iter().flatten();
            let stored = fields.map(|(name, value)| {
                let day = DAYS
                    .iter()
                    .position(|day| name == "dayOfWeek" && value == day);
                let number = value.as_i64().or_else(|| i64::try_from(day?).ok());
                let value = number.map_or_else(|| value.clone(), |n| Value::Int64(n).to_json());
                (name.clone(), value)
            });
            stored.collect::<Map<_, _>>().into()
        }
    }
}

/// Returns a JavaScript number as an integer.
#[expect(clippy::cast_possible_truncation, reason = "times and spans fit")]
fn integer(number: f64) -> Json {
    Value::Int64(number as i64).to_json()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_stored_in_whole_numbers() {
        let whole = |number| Value::Int64(number).to_json();
        let interval = schedule(&json!({ "type": "interval", "minutes": 2 }));
        assert_eq!(
            interval,
            json!({ "type": "interval", "seconds": whole(120) })
        );
        let cron = schedule(&json!({ "type": "cron", "cron": "0 13 11 * *" }));
        assert_eq!(cron, json!({ "type": "cron", "cronExpr": "0 13 11 * *" }));
        let weekly =
            json!({ "type": "weekly", "dayOfWeek": "monday", "hourUTC": 7, "minuteUTC": 5 });
        let stored = json!({
            "type": "weekly", "dayOfWeek": whole(1), "hourUTC": whole(7), "minuteUTC": whole(5),
        });
        assert_eq!(schedule(&weekly), stored);
    }
}
