//! `ctx.storage`: in the transaction of a query or mutation; for an action, in one of its own.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::Reply;
use crate::files::Files;
use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;
use crate::functions::running::{Call, Context, Run};
use crate::lock::lock;
use crate::store::Transaction;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Args {
    storage_id: Option<String>,
    /// The path that `storage/begin` gave.
    path: Option<String>,
    content_type: Option<String>,
    /// In base64 or in hexadecimal digits.
    sha256: Option<String>,
    /// Content in base64.
    blob: Option<String>,
}

/// Does what `op` says: in the transaction of a query or mutation, else in one of its own.
pub(super) fn perform(
    context: &Context,
    run: &Arc<Run>,
    op: &str,
    args: &str,
) -> Result<Reply, FunctionError> {
    let args: Args = serde_json::from_str(args)
        .map_err(|error| FunctionError::new(format!("Invalid arguments of {op}: {error}")))?;
    let files = &context.host.files;
    if let "1.0/storageStore" | "1.0/storageGet" = op {
        let answer = content(files, run, op, args)?;
        return Ok(Reply::Now(Ok(answer.to_string())));
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

/// Stores or reads a file within a mutation. Content comes along, and is on disk before its row can be.
fn content(files: &Files, run: &Run, op: &str, args: Args) -> Result<Json, FunctionError> {
    let stores = op == "1.0/storageStore";
    let method = if stores {
        "storage.store"
    } else {
        "storage.get"
    };
    let (Some(txn), Some(Kind::Mutation)) = (&run.txn, run.call.kind()) else {
        return Err(FunctionError::new(format!(
            "{method}() is available in mutations and actions (used by {})",
            run.call.label()
        )));
    };
    let refused = |error: &dyn std::fmt::Display| FunctionError::new(error.to_string());
    let component = run.call.component();
    let mut txn = lock(txn);
    let tx = txn.open()?;
    if stores {
        let content = args.blob.unwrap_or_default();
        let content = BASE64_STANDARD.decode(content).map_err(|e| refused(&e))?;
        tx.count_file_written(content.len())
            .map_err(|error| refused(&error))?;
        let content_type = args.content_type.filter(|kind| !kind.is_empty());
        let sha256 = args.sha256.map(in_base64);
        let kept = files.keep_within(tx, component, &content, content_type, sha256);
        let (id, stored) = kept.map_err(|error| refused(&error))?;
        txn.stored.push(stored);
        return Ok(id.into());
    }
    let id = args.storage_id.as_deref().unwrap_or_default();
    let found = tx.file(component, id, method);
    let Some(file) = found.map_err(|error| refused(&error))? else {
        return Ok(Json::Null);
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a length"
    )]
    tx.count_file_read(file.size as usize)
        .map_err(|error| refused(&error))?;
    let content = std::fs::read(files.path(&file)).map_err(|error| refused(&error))?;
    Ok(json!({ "blob": BASE64_STANDARD.encode(content), "contentType": file.content_type }))
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
fn in_base64(sha256: String) -> String {
    let digits = |at: usize| u8::from_str_radix(sha256.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..64).step_by(2).map(digits).collect();
    match bytes {
        Some(bytes) if sha256.len() == 64 => BASE64_STANDARD.encode(bytes),
        _ => sha256,
    }
}
