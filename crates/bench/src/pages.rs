//! The app's pages compared with the guide's Next.js app, on one embedded backend: `end2end/bench/pages.mjs`, which
//! also builds that app, starts all servers and prints the tables.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The release build's server, by its name in the tables.
const OURS: &str = "ours=target/release/server:target/site";

/// Options of `cargo xtask bench -- pages`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Visits of each page by each app
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// A further build of the app to compare with, for example before=../old/server:../old/site. Repeatable
    #[arg(long, value_name = "NAME=SERVER:SITE")]
    beside: Vec<String>,
    /// Use the existing build of the Next.js app
    #[arg(long)]
    no_make: bool,
    /// The file for the results as JSON
    #[arg(long, value_name = "FILE", default_value = "target/bench/pages.json")]
    json: PathBuf,
}

/// Measures the pages and prints the tables.
///
/// # Errors
/// When a package is missing, a server did not start, or a page did not show what it should.
pub(crate) fn measure(options: &Options) -> Result<()> {
    if !std::path::Path::new("end2end/node_modules/@playwright/test").exists() {
        bail!("Playwright is missing: `npm ci --prefix end2end` installs it");
    }
    let apps = std::iter::once(OURS).chain(options.beside.iter().map(String::as_str));
    let status = Command::new("node")
        .arg("end2end/bench/pages.mjs")
        .env("APPS", apps.collect::<Vec<_>>().join(","))
        .env("CONVEX_LOCAL", "target/release/convex-local")
        .env("ROUNDS", options.rounds.to_string())
        .env("NO_MAKE", options.no_make.to_string())
        .env("JSON", &options.json)
        .status()
        .context("cannot start node")?;
    if !status.success() {
        bail!("end2end/bench/pages.mjs failed, see above");
    }
    Ok(())
}
