//! `convex-local export`: all data as a snapshot.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use convex_local::{DataFolder, LocalConfig};
use futures::StreamExt as _;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::remote::{ASK, Remote};

pub(super) async fn run(
    config: &LocalConfig,
    path: Option<&Path>,
    include_files: bool,
) -> anyhow::Result<()> {
    let path = target(path)?;
    match Remote::running_on(&config.data_dir).await? {
        Some(remote) => fetch(&remote, &path, include_files).await?,
        None => {
            let say = |message| eprintln!("{message}");
            let folder = DataFolder::open(&config.data_dir)?;
            let (documents, files) = folder.export(&path, include_files, &say)?;
            eprintln!("{documents} documents and {files} stored files");
        }
    }
    println!("{}", path.display());
    Ok(())
}

/// Returns the path of the new file, which must not exist.
fn target(path: Option<&Path>) -> anyhow::Result<PathBuf> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let name = format!("snapshot_{now}.zip");
    let path = match path {
        None => PathBuf::from(name),
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(path) => path.to_owned(),
    };
    if path.exists() {
        bail!("{} is there already; nothing was exported", path.display());
    }
    Ok(path)
}

async fn fetch(remote: &Remote, path: &Path, include_files: bool) -> anyhow::Result<()> {
    let request = format!("/api/export/request/zip?includeStorage={include_files}");
    remote.post_bytes(&request, "").await?;
    let ts = finished(remote).await?;
    let response = remote.download(&format!("/api/export/zip/{ts}")).await?;
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // The data contain password hashes and keys.
    #[cfg(unix)]
    options.mode(0o600);
    let file = options
        .open(path)
        .await
        .with_context(|| format!("cannot write {}", path.display()))?;
    let written = save(response, file).await;
    if written.is_err() {
        // Remove the incomplete file.
        let _ = tokio::fs::remove_file(path).await;
    }
    written
}

async fn save(response: reqwest::Response, mut file: tokio::fs::File) -> anyhow::Result<()> {
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        file.write_all(&chunk?).await?;
    }
    file.flush().await?;
    file.sync_all().await?;
    Ok(())
}

/// Waits for the export and returns its timestamp.
async fn finished(remote: &Remote) -> anyhow::Result<i64> {
    let mut said = String::new();
    loop {
        let row = remote
            .system_query("_system/cli/exports:getLatest", json!({}))
            .await?;
        match row["state"].as_str() {
            Some("completed") => {
                let ts = convex_local::value::Value::from_json(&row["start_ts"])?;
                return match ts {
                    convex_local::value::Value::Int64(ts) => Ok(ts),
                    _ => bail!("the backend's answer has no time"),
                };
            }
            Some("failed") => bail!("{}", row["error_message"].as_str().unwrap_or("it failed")),
            _ => {}
        }
        let message = row["progress_message"].as_str().unwrap_or_default();
        if message != said {
            eprintln!("{message}");
            message.clone_into(&mut said);
        }
        tokio::time::sleep(ASK).await;
    }
}
