//! `convex-local env`: the environment variables of the functions.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::{Context as _, bail};
use convex_local::{DataFolder, LocalConfig};
use serde_json::json;

use super::Env;
use super::remote::Remote;

pub(super) async fn run(config: &LocalConfig, command: Env) -> anyhow::Result<()> {
    match command {
        Env::List => {
            for (name, value) in variables(config).await? {
                println!("{name}={value}");
            }
        }
        Env::Get { name } => match variables(config).await?.get(&name) {
            Some(value) => println!("{value}"),
            None => bail!("{name} is not set"),
        },
        Env::Set { name, value } => {
            let value = value.map_or_else(from_standard_input, Ok)?;
            change(config, &name, Some(value)).await?;
            println!("{name} is set");
        }
        Env::Unset { name } => {
            change(config, &name, None).await?;
            println!("{name} is not set any more");
        }
    }
    Ok(())
}

fn from_standard_input() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("cannot read the value")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

async fn variables(config: &LocalConfig) -> anyhow::Result<BTreeMap<String, String>> {
    match Remote::running_on(&config.data_dir).await? {
        Some(remote) => Ok(serde_json::from_value(remote.get("/api/local/env").await?)?),
        None => Ok(DataFolder::open(&config.data_dir)?.env()?),
    }
}

async fn change(config: &LocalConfig, name: &str, value: Option<String>) -> anyhow::Result<()> {
    match Remote::running_on(&config.data_dir).await? {
        Some(remote) => {
            remote
                .post("/api/local/env", &json!({ "name": name, "value": value }))
                .await?;
        }
        None => DataFolder::open(&config.data_dir)?.change_env(name, value)?,
    }
    Ok(())
}
