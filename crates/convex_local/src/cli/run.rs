//! `convex-local run`: one function, internal ones too.

use anyhow::{Context as _, bail};
use convex_local::{LocalBackend, LocalConfig, Ports};
use serde_json::{Value as Json, json};

use super::remote::Remote;

pub(super) async fn run(config: LocalConfig, function: &str, args: &str) -> anyhow::Result<()> {
    let args: Json = serde_json::from_str(args).context("the arguments are not JSON")?;
    let call = json!({ "path": function, "args": args, "format": "json" });
    let answer = match Remote::running_on(&config.data_dir).await? {
        Some(remote) => remote.post("/api/function", &call).await?,
        None => {
            // Nobody serves: a backend for this one call.
            let config = LocalConfig {
                ports: Ports::Any,
                watch: false,
                ..config
            };
            let backend = LocalBackend::start(config).await?;
            let remote = Remote::new(backend.cloud_url(), backend.admin_key())?;
            let answer = remote.post("/api/function", &call).await;
            backend.shutdown().await;
            answer?
        }
    };
    for line in answer["logLines"].as_array().into_iter().flatten() {
        eprintln!("{}", line.as_str().unwrap_or_default());
    }
    if answer["status"] == "success" {
        println!("{}", serde_json::to_string_pretty(&answer["value"])?);
        return Ok(());
    }
    bail!(
        "{}",
        answer["errorMessage"]
            .as_str()
            .unwrap_or("the function failed")
            .trim_end()
    );
}
