//! The packages for crates.io: each library with all files it needs.

use anyhow::{Context, Result, bail};
use leptos_convex_tasks::process::{call, output, run};
use leptos_convex_tasks::workspace::Workspace;

/// The published crates. Later ones depend on earlier ones.
pub(super) const PUBLISHED: &[&str] = &[
    "leptos_convex",
    "leptos_better_auth",
    "convex_codegen",
    "convex_local",
    "convex_env_file",
    "leptos_convex_tasks",
];

/// The files that every package contains besides its sources.
const NEEDED: &[&str] = &["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// Creates the packages without compiling them, since the lints have done that.
///
/// # Errors
/// When one cannot be created.
pub(super) fn make(workspace: &Workspace) -> Result<()> {
    let mut make = call(
        workspace,
        "cargo",
        &["package", "--no-verify", "--allow-dirty"],
    );
    for name in PUBLISHED {
        make.args(["-p", name]);
    }
    run(&mut make)
}

/// Creates the packages and checks their files.
///
/// # Errors
/// When one cannot be created, or lacks a file.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    make(workspace)?;
    for name in PUBLISHED {
        let mut list = call(workspace, "cargo", &["package", "--list", "--allow-dirty"]);
        let files = output(list.args(["-p", name]))
            .with_context(|| format!("cargo cannot list what is in {name}"))?;
        let missing: Vec<&str> = missing(&files);
        if !missing.is_empty() {
            bail!("the package {name} lacks {}", missing.join(", "));
        }
    }
    Ok(())
}

fn missing(files: &str) -> Vec<&'static str> {
    let has = |needed: &str| files.lines().any(|file| file == needed);
    NEEDED.iter().copied().filter(|file| !has(file)).collect()
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn sees_a_package_without_its_licences() {
        let files = "Cargo.toml\nREADME.md\nsrc/LICENSE-MIT\n";
        assert_eq!(missing(files), ["LICENSE-APACHE", "LICENSE-MIT"]);
    }
}
