//! The time from a mutation in one browser to the changed page in another: `end2end/bench/latency.mjs`.

use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::account::Person;
use crate::server::Server;

/// Milliseconds.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Latency {
    pub(crate) rounds: u32,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// Measures the latency. Without Playwright it prints the reason and returns `None`.
///
/// # Errors
/// When the browsers do not run, or the change is not shown.
pub(crate) fn measure(server: &Server, person: &Person, rounds: u32) -> Result<Option<Latency>> {
    if !std::path::Path::new("end2end/node_modules/@playwright/test").exists() {
        eprintln!("  live-update latency left out: `npm ci --prefix end2end` installs Playwright");
        return Ok(None);
    }
    let output = Command::new("node")
        .arg("end2end/bench/latency.mjs")
        .env("BASE_URL", format!("http://{}", server.host()))
        .env("COOKIE", &person.cookie)
        .env("ROUNDS", rounds.to_string())
        .output()
        .context("cannot start node")?;
    if !output.status.success() {
        bail!(
            "end2end/bench/latency.mjs failed:\n{}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    serde_json::from_slice(&output.stdout)
        .map(Some)
        .context("latency.mjs printed no result")
}
