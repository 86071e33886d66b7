//! The search for a Node.js that is new enough.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::functions::error::StartError;

/// The oldest major version the runner works with.
const MINIMUM: u32 = 20;

/// Returns the configured `node`, or the one on the `PATH`.
///
/// # Errors
/// When there is none, or it is too old. The text says what to install.
pub(crate) async fn find(configured: Option<&Path>) -> Result<PathBuf, StartError> {
    let node = configured.unwrap_or(Path::new("node"));
    let node = which::which(node).map_err(|_| StartError::NodeMissing { minimum: MINIMUM })?;
    let output = Command::new(&node)
        .arg("--version")
        .output()
        .await
        .map_err(|source| StartError::Io {
            doing: "run `node --version`",
            source,
        })?;
    let found = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match major(&found) {
        Some(major) if major >= MINIMUM => Ok(node),
        _ => Err(StartError::NodeTooOld {
            found,
            minimum: MINIMUM,
        }),
    }
}

fn major(version: &str) -> Option<u32> {
    version
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}
