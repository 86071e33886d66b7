//! `convex-local reset`: delete all data.

use std::io::{IsTerminal as _, Write as _};

use anyhow::bail;
use convex_local::{DataFolder, LocalConfig};

pub(super) fn run(config: &LocalConfig, yes: bool) -> anyhow::Result<()> {
    let folder = &config.data_dir;
    if !folder.exists() {
        println!(
            "{} does not exist; there is nothing to delete",
            folder.display()
        );
        return Ok(());
    }
    let question = format!("Delete all data in {}? [y/N] ", folder.display());
    if !yes && !agreed(&question, "--yes")? {
        bail!("nothing was deleted");
    }
    DataFolder::delete(folder)?;
    println!("{} is deleted", folder.display());
    Ok(())
}

/// Asks for confirmation; without a terminal the error names `switch`.
pub(super) fn agreed(question: &str, switch: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("there is nobody to ask; use {switch}");
    }
    print!("{question}");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
