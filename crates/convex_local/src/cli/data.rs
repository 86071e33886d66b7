//! `convex-local data`: the tables and their documents.

use convex_local::{DataFolder, LocalConfig};
use serde_json::json;

use super::remote::Remote;

pub(super) async fn print(config: &LocalConfig, table: Option<&str>) -> anyhow::Result<()> {
    let remote = Remote::running_on(&config.data_dir).await?;
    let Some(table) = table else {
        let tables = match remote {
            Some(remote) => remote.get("/api/local/tables").await?,
            None => json!(DataFolder::open(&config.data_dir)?.tables()),
        };
        for (name, count) in tables.as_object().into_iter().flatten() {
            println!("{count:>8}  {name}");
        }
        return Ok(());
    };
    let documents = match remote {
        Some(remote) => remote.get(&format!("/api/local/tables/{table}")).await?,
        None => DataFolder::open(&config.data_dir)?.documents(table)?,
    };
    for document in documents.as_array().map(Vec::as_slice).unwrap_or_default() {
        println!("{document}");
    }
    Ok(())
}
