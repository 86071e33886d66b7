//! `convex-local codegen`: the types in `convex/_generated`, written by Convex's own command line.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, bail};
use convex_local::LocalConfig;
use tokio::process::Command;

use super::remote::{self, Remote};

/// Asks a backend of its own, without data and crons, because generating types must not run functions.
pub(super) async fn run(config: LocalConfig) -> anyhow::Result<()> {
    let folder = std::path::absolute(&config.convex_dir)?;
    let project = folder.parent().unwrap_or(&folder);
    let program = command_line(project)?;
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let config = LocalConfig {
        data_dir: scratch.path().to_owned(),
        schedule: false,
        ..config
    };
    remote::ask(config, async |remote| {
        generate(&program, project, remote).await
    })
    .await
}

async fn generate(program: &Path, project: &Path, remote: &Remote) -> anyhow::Result<()> {
    let status = Command::new("node")
        .arg(program)
        .args(["codegen", "--typecheck", "disable"])
        // With these options it does not search the environment and `.env.local` for a deployment.
        .args(["--url", remote.url(), "--admin-key", remote.admin_key()])
        // Otherwise it would contact the network after an error, and wait.
        .env("CI", "1")
        .current_dir(project)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .context("cannot start Node.js")?;
    if !status.success() {
        bail!("convex/_generated could not be written, see above");
    }
    Ok(())
}

/// Returns the program of npm `convex`, looked for as Node.js looks for packages.
fn command_line(project: &Path) -> anyhow::Result<PathBuf> {
    project
        .ancestors()
        .map(|folder| folder.join("node_modules/convex/bin/main.js"))
        .find(|program| program.is_file())
        .with_context(|| {
            format!(
                "npm `convex` is not installed: run `npm install convex` in {}",
                project.display()
            )
        })
}
