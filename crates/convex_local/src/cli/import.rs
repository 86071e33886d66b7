//! `convex-local import`: data from a snapshot or into one table.

use std::path::Path;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use convex_local::LocalConfig;
use serde_json::{Value as Json, json};
use tokio::io::AsyncReadExt as _;

use super::Import;
use super::remote::{self, ASK, Remote};
use super::reset::agreed;

/// The bytes of one part.
const PART: usize = 8 << 20;

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "camelCase")]
pub(super) enum FileFormat {
    /// A snapshot
    Zip,
    /// A JSON object a line
    JsonLines,
    /// An array of objects
    JsonArray,
    /// A header and rows
    Csv,
}

impl FileFormat {
    fn of(path: &Path) -> anyhow::Result<Self> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        Ok(match extension {
            Some("zip") => Self::Zip,
            Some("jsonl") => Self::JsonLines,
            Some("json") => Self::JsonArray,
            Some("csv") => Self::Csv,
            _ => bail!(
                "{} ends in none of .zip, .jsonl, .json and .csv: say --format",
                path.display()
            ),
        })
    }

    fn wire(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::JsonLines => "jsonLines",
            Self::JsonArray => "jsonArray",
            Self::Csv => "csv",
        }
    }
}

pub(super) async fn run(config: LocalConfig, options: &Import) -> anyhow::Result<()> {
    let format = match options.format {
        Some(format) => format,
        None => FileFormat::of(&options.file)?,
    };
    match (format, &options.table) {
        (FileFormat::Zip, Some(_)) => {
            bail!("a ZIP file names its tables itself: leave --table out")
        }
        (FileFormat::Zip, None) | (_, Some(_)) => {}
        (_, None) => bail!("say which table to import into: --table NAME"),
    }
    let file = tokio::fs::File::open(&options.file)
        .await
        .with_context(|| format!("cannot read {}", options.file.display()))?;
    // If no backend runs, one is started, because the schema is in the functions folder. No function is run.
    let config = LocalConfig {
        data_only: true,
        ..config
    };
    remote::ask(config, async |remote| {
        import(remote, options, format, file).await
    })
    .await
}

async fn import(
    remote: &Remote,
    options: &Import,
    format: FileFormat,
    file: tokio::fs::File,
) -> anyhow::Result<()> {
    let id = upload(remote, options, format, file).await?;
    let checked = state(remote, &id, "uploaded").await?;
    if let Some(summary) = checked["message_to_confirm"].as_str() {
        eprintln!("{summary}");
    }
    let deletes = checked["require_manual_confirmation"] == true;
    if deletes && !options.yes && !agreed("Delete these documents and import? [y/N] ", "-y")? {
        let answer = json!({ "importId": id });
        remote.post("/api/cancel_import", &answer).await?;
        bail!("nothing was imported");
    }
    let answer = json!({ "importId": id });
    remote.post("/api/perform_import", &answer).await?;
    let done = state(remote, &id, "in_progress").await?;
    let count = convex_local::value::Value::from_json(&done["num_rows_written"])?;
    if let convex_local::value::Value::Int64(count) = count {
        println!("Added {count} documents");
    }
    Ok(())
}

async fn upload(
    remote: &Remote,
    options: &Import,
    format: FileFormat,
    mut file: tokio::fs::File,
) -> anyhow::Result<String> {
    let started = remote.post_bytes("/api/import/start_upload", "").await?;
    let token = started["uploadToken"].as_str().unwrap_or_default();
    let mut parts = Vec::new();
    loop {
        let mut part = Vec::new();
        let read = (&mut file).take(PART as u64).read_to_end(&mut part).await?;
        // An empty file has one empty part.
        if read == 0 && !parts.is_empty() {
            break;
        }
        let number = parts.len() + 1;
        let path = format!("/api/import/upload_part?uploadToken={token}&partNumber={number}");
        parts.push(remote.post_bytes(&path, part).await?);
    }
    let mode = match options {
        Import { append: true, .. } => "append",
        Import { replace: true, .. } => "replace",
        Import {
            replace_all: true, ..
        } => "replaceAll",
        _ => "requireEmpty",
    };
    let finish = json!({
        "import": {
            "tableName": options.table,
            "componentPath": options.component,
            "format": format.wire(),
            "mode": mode,
        },
        "uploadToken": token,
        "partTokens": parts,
    });
    let finished = remote.post("/api/import/finish_upload", &finish).await?;
    Ok(finished["importId"].as_str().unwrap_or_default().to_owned())
}

/// Waits until an import is no longer in the state `before`, and returns its row.
async fn state(remote: &Remote, id: &str, before: &str) -> anyhow::Result<Json> {
    let mut said = String::new();
    loop {
        let row = remote
            .system_query("_system/cli/queryImport", json!({ "importId": id }))
            .await?;
        let state = &row["state"];
        match state["state"].as_str() {
            Some("failed") => bail!(
                "{}\nNothing was imported.",
                state["error_message"].as_str().unwrap_or("it failed")
            ),
            Some(now) if now != before => return Ok(state.clone()),
            None => bail!("the import is not known to the backend any more"),
            Some(_) => {}
        }
        let message = state["progress_message"].as_str().unwrap_or_default();
        if message != said {
            eprintln!("{message}");
            message.clone_into(&mut said);
        }
        tokio::time::sleep(ASK).await;
    }
}
