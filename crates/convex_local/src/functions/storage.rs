//! `ctx.storage`: in the transaction of a query or mutation; for an action, in one of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::call_state::{Call, lock};
use super::live::Live;
use super::{FunctionError, Kind, run};
use crate::files::{Files, Intake};
use crate::store::{CommitError, Transaction};

/// Content that actions are writing, by the path they were given.
pub(crate) type Intakes = Mutex<HashMap<String, Intake>>;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Args {
    storage_id: Option<String>,
    /// The path that `storage/begin` gave.
    path: Option<String>,
    content_type: Option<String>,
    /// In base64 or in hexadecimal digits.
    sha256: Option<String>,
}

/// Does what `op` says and answers `sequence`, at once or when it is done.
pub(crate) fn start(live: &Arc<Live>, call: &Arc<Call>, sequence: u64, op: &str, args: &str) {
    let args: Args = match serde_json::from_str(args) {
        Ok(args) => args,
        Err(error) => {
            let message = format!("Invalid arguments of {op}: {error}");
            return live.answer(sequence, Err(FunctionError::new(message)));
        }
    };
    if let Some(txn) = &call.txn {
        let answer = lock(txn)
            .open()
            .and_then(|tx| perform(&live.shared.files, call, tx, op, &args));
        return live.answer(sequence, answer.map(|answer| answer.to_string()));
    }
    let (live, call, op) = (Arc::clone(live), Arc::clone(call), op.to_owned());
    tokio::spawn(async move {
        let answer = alone(&live, &call, &op, args).await;
        live.answer(sequence, answer.map(|answer| answer.to_string()));
    });
}

/// For an action.
async fn alone(live: &Live, call: &Call, op: &str, args: Args) -> Result<Json, FunctionError> {
    let shared = &live.shared;
    match op {
        "storage/begin" => {
            let intake = shared.files.intake();
            let path = intake.path().display().to_string();
            lock(&call.intakes).insert(path.clone(), intake);
            Ok(json!({ "path": path }))
        }
        "storage/finish" => finish(&shared.files, call, args).await,
        _ => {
            let mut attempt = 0;
            loop {
                let mut tx = shared.store.begin();
                let answer = perform(&shared.files, call, &mut tx, op, &args)?;
                match shared.store.commit(tx).await {
                    Ok(_) => return Ok(answer),
                    Err(CommitError::Conflict) => tokio::time::sleep(run::backoff(attempt)).await,
                    Err(error) => return Err(FunctionError::interrupted(error.to_string())),
                }
                attempt += 1;
            }
        }
    }
}

async fn finish(files: &Files, call: &Call, args: Args) -> Result<Json, FunctionError> {
    let given = args.path.and_then(|path| lock(&call.intakes).remove(&path));
    let mut intake = given.ok_or_else(|| FunctionError::new("storage.store: nothing was begun"))?;
    intake.expect(args.sha256.map(in_base64));
    let stored = files
        .keep(call.component(), intake, args.content_type)
        .await;
    let id = stored.map_err(|error| FunctionError::new(error.to_string()))?;
    Ok(json!({ "storageId": id }))
}

fn perform(
    files: &Files,
    call: &Call,
    tx: &mut Transaction,
    op: &str,
    args: &Args,
) -> Result<Json, FunctionError> {
    let component = call.component();
    let method = match op {
        "1.0/storageGetUrl" => "storage.getUrl",
        "1.0/storageGetMetadata" => "storage.getMetadata",
        "storage/get" => "storage.get",
        "1.0/storageDelete" => "storage.delete",
        _ => "storage.generateUploadUrl",
    };
    let writes = matches!(method, "storage.delete" | "storage.generateUploadUrl");
    if writes && call.kind() == Some(Kind::Query) {
        return Err(FunctionError::new(format!("Queries cannot use {method}()")));
    }
    let refused = |error: &dyn std::fmt::Display| FunctionError::new(error.to_string());
    if op == "1.0/storageGenerateUploadUrl" {
        let url = files
            .upload_url(component)
            .map_err(|error| refused(&error))?;
        return Ok(url.into());
    }
    let id = args.storage_id.as_deref().unwrap_or_default();
    if op == "1.0/storageDelete" {
        tx.delete_file(component, id)
            .map_err(|error| refused(&error))?;
        return Ok(Json::Null);
    }
    let found = tx.file(component, id, method);
    let Some(file) = found.map_err(|error| refused(&error))? else {
        return Ok(Json::Null);
    };
    Ok(match op {
        "1.0/storageGetUrl" => files.url(component, &file).into(),
        "storage/get" => json!({ "path": files.path(&file), "contentType": file.content_type }),
        // Hexadecimal here, unlike in `_storage`: as Convex does.
        _ => json!({
            "storageId": id,
            "sha256": in_hex(&file.sha256),
            "size": file.size,
            "contentType": file.content_type,
        }),
    })
}

fn in_hex(base64: &str) -> String {
    let bytes = BASE64_STANDARD.decode(base64).unwrap_or_default();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A checksum is given in either way; 64 hexadecimal digits cannot be meant as base64.
pub(crate) fn in_base64(sha256: String) -> String {
    let digits = |at: usize| u8::from_str_radix(sha256.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..64).step_by(2).map(digits).collect();
    match bytes {
        Some(bytes) if sha256.len() == 64 => BASE64_STANDARD.encode(bytes),
        _ => sha256,
    }
}
