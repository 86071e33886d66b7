//! `convex-local run`: run one function, which may be internal.

use anyhow::{Context as _, bail};
use convex_local::LocalConfig;
use serde_json::{Value as Json, json};

use super::remote;

pub(super) async fn run(config: LocalConfig, function: &str, args: &str) -> anyhow::Result<()> {
    let args: Json = serde_json::from_str(args).context("the arguments are not JSON")?;
    let call = json!({ "path": function, "args": args, "format": "json" });
    let answer = remote::ask(config, async |remote| {
        remote.post("/api/function", &call).await
    })
    .await?;
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
