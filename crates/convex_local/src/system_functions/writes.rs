//! The mutations of the dashboard and of programs that grade apps: `_system/frontend/…`.

use std::future::ready;

use serde_json::{Value as Json, json};

use super::{component, missing, split};
use crate::functions::{Caller, FunctionCall, FunctionError, MutationOutcome};
use crate::store::{ComponentPath, DbError, Free, RequestKey, RequestRecord, Store, Transaction};

/// The most documents that may be added or deleted at once.
const MOST: usize = 4096;
/// How many documents of a table one call of `clearTablePage` deletes, and how many bytes.
const CLEARED: usize = 4000;
const CLEARED_BYTES: usize = 3_000_000;

/// Runs the mutation of `call`. With `request`, the result is stored in case the client sends it again.
pub(crate) async fn run(
    store: &Store,
    call: &FunctionCall,
    request: Option<RequestKey>,
) -> MutationOutcome {
    let write = Write {
        component: component(call),
        args: &call.args,
    };
    let work = |mut tx: Transaction| {
        let value = match call.caller {
            Caller::Admin => write.run(&call.path, &mut tx),
            Caller::Public | Caller::Internal => None,
        };
        let value = value.unwrap_or_else(|| Err(failed(&missing(&call.path))));
        ready(value.map(|value| {
            if let Some(key) = request.clone() {
                tx.note_request(RequestRecord {
                    key,
                    result: value.to_string(),
                    logs: Vec::new(),
                });
            }
            (value, tx)
        }))
    };
    let (result, ts) = match store.transact(None, &Free, work).await {
        Ok((value, ts)) => (Ok(value), Some(ts)),
        Err(error) => (Err(error), None),
    };
    MutationOutcome {
        result,
        logs: Vec::new(),
        ts,
    }
}

struct Write<'a> {
    component: ComponentPath,
    args: &'a Json,
}

impl Write<'_> {
    /// Runs a mutation; `None` if it does not exist.
    fn run(&self, path: &str, tx: &mut Transaction) -> Option<Result<Json, FunctionError>> {
        Some(match split(path)? {
            ("frontend/addDocument", "default") => self.add(tx),
            ("frontend/replaceDocument", "default") => self.replace(tx),
            ("frontend/deleteDocuments", "default") => self.delete(tx),
            ("frontend/clearTablePage", "default") => {
                self.clear(tx).map_err(|error| failed(&error))
            }
            _ => return None,
        })
    }

    fn add(&self, tx: &mut Transaction) -> Result<Json, FunctionError> {
        let documents = list(&self.args["documents"]);
        if documents.len() > MOST {
            return Ok(refused(&format!(
                "Can’t import more than {MOST} documents at once."
            )));
        }
        for document in documents {
            let insert = json!({ "table": self.args["table"], "value": document });
            self.call(tx, "1.0/insert", insert)
                .map_err(|error| thrown(&error))?;
        }
        Ok(json!({ "success": true }))
    }

    fn replace(&self, tx: &mut Transaction) -> Result<Json, FunctionError> {
        let (id, document) = (&self.args["id"], &self.args["document"]);
        let there = self
            .call(tx, "1.0/get", json!({ "id": id }))
            .map_err(|error| failed(&error))?;
        if there.is_null() {
            return Ok(refused("Document does not exist."));
        }
        let replace = json!({ "id": id, "value": document });
        self.call(tx, "1.0/replace", replace)
            .map_err(|error| thrown(&error))?;
        Ok(json!({ "success": true }))
    }

    fn delete(&self, tx: &mut Transaction) -> Result<Json, FunctionError> {
        let documents = list(&self.args["toDelete"]);
        if documents.len() > MOST {
            return Ok(refused(&format!(
                "You can't delete more than {MOST}. Try selecting fewer documents instead.."
            )));
        }
        for document in documents {
            let remove = json!({ "id": document["id"] });
            self.call(tx, "1.0/remove", remove)
                .map_err(|error| failed(&error))?;
        }
        Ok(json!({ "success": true }))
    }

    /// Deletes the oldest documents of a table and returns the cursor of the others.
    fn clear(&self, tx: &mut Transaction) -> Result<Json, DbError> {
        let table = &self.args["tableName"];
        let source = json!({ "type": "FullTableScan", "tableName": table, "order": "asc" });
        let page = json!({
            "query": { "source": source, "operators": [] },
            "cursor": self.args["cursor"],
            "pageSize": CLEARED,
            "maximumBytesRead": CLEARED_BYTES,
        });
        let page = self.call(tx, "1.0/queryPage", page)?;
        let documents = list(&page["page"]);
        for document in documents {
            self.call(tx, "1.0/remove", json!({ "id": document["_id"] }))?;
        }
        Ok(json!({
            "deleted": documents.len(),
            "continueCursor": page["continueCursor"],
            "hasMore": page["isDone"] == false,
        }))
    }

    fn call(&self, tx: &mut Transaction, op: &str, args: Json) -> Result<Json, DbError> {
        tx.syscall(&self.component, op, args)
    }
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn refused(error: &str) -> Json {
    json!({ "success": false, "error": error })
}

fn failed(error: &DbError) -> FunctionError {
    FunctionError::new(error.to_string())
}

/// Returns an error as the `ConvexError` that the original throws, so that its text reaches the caller.
fn thrown(error: &DbError) -> FunctionError {
    FunctionError {
        data: Some(Json::from(error.to_string())),
        ..failed(error)
    }
}
