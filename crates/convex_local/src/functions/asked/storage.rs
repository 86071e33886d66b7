//! `ctx.storage`: in the transaction of a query or mutation; for an action, in a transaction of its own.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::Reply;
use crate::files::Files;
use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;
use crate::functions::running::{Call, Context, Run, Txn};
use crate::lock::lock;
use crate::store::Transaction;
use crate::task::in_place;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Args {
    storage_id: Option<String>,
    /// The path that `storage/begin` returned.
    path: Option<String>,
    content_type: Option<String>,
    /// In base64 or in hexadecimal digits.
    sha256: Option<String>,
    /// Content in base64.
    blob: Option<String>,
}

/// Runs the operation `op` in the transaction of the query or mutation, or for an action in a transaction of its own.
pub(super) fn perform(
    context: &Context,
    run: &Arc<Run>,
    op: &str,
    args: &str,
) -> Result<Reply, FunctionError> {
    let args: Args = serde_json::from_str(args)
        .map_err(|error| FunctionError::new(format!("Invalid arguments of {op}: {error}")))?;
    let files = &context.host.files;
    match op {
        "1.0/storageStore" => {
            // Block, so that the mutation's next request comes after this one.
            let id = in_place(|| store(files, run, args))?;
            return Ok(Reply::Now(Ok(id.to_string())));
        }
        "1.0/storageGet" => return load(files, run, &args),
        _ => {}
    }
    if let Some(txn) = &run.txn {
        let answer = within(files, &run.call, lock(txn).open()?, op, &args)?;
        return Ok(Reply::Now(Ok(answer.to_string())));
    }
    if op == "storage/begin" {
        let intake = files.intake();
        let path = intake.path().display().to_string();
        lock(&run.intakes).insert(path.clone(), intake);
        return Ok(Reply::Now(Ok(json!({ "path": path }).to_string())));
    }
    let (host, run, op) = (Arc::clone(&context.host), Arc::clone(run), op.to_owned());
    Ok(Reply::Later(Box::pin(async move {
        let answer = if op == "storage/finish" {
            finish(&host.files, &run, args).await?
        } else {
            let work = |tx: &mut Transaction| within(&host.files, &run.call, tx, &op, &args);
            host.store.write(work).await?
        };
        Ok(answer.to_string())
    })))
}

/// Returns the transaction of a mutation; queries cannot read or write the content of files.
fn mutation<'a>(run: &'a Run, method: &str) -> Result<&'a Mutex<Txn>, FunctionError> {
    match (&run.txn, run.call.kind()) {
        (Some(txn), Some(Kind::Mutation)) => Ok(txn),
        _ => Err(FunctionError::new(format!(
            "{method}() is available in mutations and actions (used by {})",
            run.call.label()
        ))),
    }
}

fn refused(error: impl std::fmt::Display) -> FunctionError {
    FunctionError::new(error.to_string())
}

/// Stores a file within a mutation. Its content is on disk before its row can be.
fn store(files: &Files, run: &Run, args: Args) -> Result<Json, FunctionError> {
    let mut txn = lock(mutation(run, "storage.store")?);
    let tx = txn.open()?;
    let content = args.blob.unwrap_or_default();
    let content = BASE64_STANDARD.decode(content).map_err(refused)?;
    tx.count_file_written(content.len()).map_err(refused)?;
    let content_type = args.content_type.filter(|kind| !kind.is_empty());
    let sha256 = args.sha256.map(in_base64);
    let component = run.call.component();
    let kept = files.keep_within(tx, component, &content, content_type, sha256);
    let (id, stored) = kept.map_err(refused)?;
    txn.stored.push(stored);
    Ok(id.into())
}

/// Reads a file within a mutation.
fn load(files: &Files, run: &Run, args: &Args) -> Result<Reply, FunctionError> {
    let method = "storage.get";
    let mut txn = lock(mutation(run, method)?);
    let tx = txn.open()?;
    let id = args.storage_id.as_deref().unwrap_or_default();
    let found = tx.file(run.call.component(), id, method);
    let Some(file) = found.map_err(refused)? else {
        return Ok(Reply::Now(Ok(Json::Null.to_string())));
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a length"
    )]
    tx.count_file_read(file.size as usize).map_err(refused)?;
    let path = files.path(&file);
    Ok(Reply::Later(Box::pin(async move {
        let content = match tokio::fs::read(path).await {
            Ok(content) => content,
            // It has been deleted since. A mutation that also writes meets a conflict and runs again.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Json::Null.to_string()),
            Err(error) => return Err(refused(error)),
        };
        let content = BASE64_STANDARD.encode(content);
        Ok(json!({ "blob": content, "contentType": file.content_type }).to_string())
    })))
}

async fn finish(files: &Files, run: &Run, args: Args) -> Result<Json, FunctionError> {
    let given = args.path.and_then(|path| lock(&run.intakes).remove(&path));
    let mut intake = given.ok_or_else(|| FunctionError::new("storage.store: nothing was begun"))?;
    intake.expect(args.sha256.map(in_base64));
    let stored = files
        .keep(run.call.component(), intake, args.content_type)
        .await;
    let id = stored.map_err(|error| FunctionError::new(error.to_string()))?;
    Ok(json!({ "storageId": id }))
}

fn within(
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
    if op == "1.0/storageGenerateUploadUrl" {
        let url = files.upload_url(component).map_err(refused)?;
        return Ok(url.into());
    }
    let id = args.storage_id.as_deref().unwrap_or_default();
    if op == "1.0/storageDelete" {
        tx.delete_file(component, id).map_err(refused)?;
        return Ok(Json::Null);
    }
    let found = tx.file(component, id, method);
    let Some(file) = found.map_err(refused)? else {
        return Ok(Json::Null);
    };
    Ok(match op {
        "1.0/storageGetUrl" => files.url(component, &file).into(),
        "storage/get" => json!({ "path": files.path(&file), "contentType": file.content_type }),
        // Hexadecimal, unlike in `_storage`, as on Convex.
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

/// Converts a checksum to base64, if it is hexadecimal. 64 hexadecimal digits cannot be meant as base64.
fn in_base64(sha256: String) -> String {
    let digits = |at: usize| u8::from_str_radix(sha256.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..64).step_by(2).map(digits).collect();
    match bytes {
        Some(bytes) if sha256.len() == 64 => BASE64_STANDARD.encode(bytes),
        _ => sha256,
    }
}
