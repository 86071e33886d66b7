//! The tables of `[workspace.metadata]` in `Cargo.toml`.

use anyhow::{Context, Result};
use leptos_convex_tasks::process::{call, output};
use leptos_convex_tasks::workspace::Workspace;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads the table with that name.
///
/// # Errors
/// When there is none, or it has unexpected fields.
pub(crate) fn metadata<T: DeserializeOwned>(workspace: &Workspace, name: &str) -> Result<T> {
    let mut cargo = call(workspace, "cargo", &["metadata", "--format-version", "1"]);
    let text = output(cargo.arg("--no-deps")).context("`cargo metadata` failed")?;
    in_metadata(&text, name)
}

/// Finds a table of `[workspace.metadata]` in the output of `cargo metadata`.
pub(crate) fn in_metadata<T: DeserializeOwned>(printed: &str, name: &str) -> Result<T> {
    let mut printed: Value = serde_json::from_str(printed)?;
    serde_json::from_value(printed["metadata"][name].take())
        .with_context(|| format!("[workspace.metadata.{name}] of Cargo.toml cannot be read"))
}
