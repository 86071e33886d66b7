//! `convex-local reset`: start from nothing.

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
    if !yes && !confirmed(&folder.display().to_string())? {
        bail!("nothing was deleted");
    }
    DataFolder::delete(folder)?;
    println!("{} is deleted", folder.display());
    Ok(())
}

fn confirmed(folder: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("there is nobody to ask; use --yes");
    }
    print!("Delete all data in {folder}? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
