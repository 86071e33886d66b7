//! The app without the parts that `docs/how-to/leave-things-out.md` says how to delete: the steps of its table,
//! followed in a copy that must compile without a warning, and whose functions must have right types.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use leptos_convex_tasks::process::{call, run};
use leptos_convex_tasks::workspace::Workspace;

use crate::parts::{self, HOW_TO, Part};

/// The copy. Its target folder is the checkout's own, so that dependencies are not compiled again.
const COPY: &str = "target/left-out";

/// The crates that are copied.
const CRATES: [&str; 2] = ["app", "server"];

/// The folder of the functions, which is copied too. npm packages are found above the copy.
const FUNCTIONS: &str = "convex";

/// What is generated from the functions.
const GENERATED: &str = "convex/_generated/api.d.ts";

/// The version of the copied crates, so that cargo does not take what it built of them for the real ones.
const VERSION: &str = "0.0.0-left-out";

/// Follows the table and builds what is left.
///
/// # Errors
/// When a step finds nothing to delete, or what is left does not compile without a warning.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let parts = parts::read(workspace)?;
    let copy = workspace.path(COPY);
    if copy.exists() {
        fs::remove_dir_all(&copy).context("removing the last copy")?;
    }
    for name in CRATES.iter().chain([&FUNCTIONS]) {
        copy_folder(&workspace.path(name), &copy.join(name))?;
    }
    fs::write(
        copy.join("Cargo.toml"),
        manifest(&workspace.read("Cargo.toml")?)?,
    )?;
    fs::copy(workspace.path("Cargo.lock"), copy.join("Cargo.lock"))?;
    for part in &parts {
        leave_out(&copy, part)?;
    }
    // Tests may use what is gone.
    for file in all(&copy.join(FUNCTIONS)) {
        if file.to_string_lossy().ends_with(".test.ts") {
            fs::remove_file(&file)?;
        }
    }
    let mut types = call(workspace, "npx", &["--no-install", "tsc", "--noEmit", "-p"]);
    run(types.arg(copy.join(FUNCTIONS)))
        .with_context(|| format!("types of the functions without what {HOW_TO} says to delete"))?;
    let arguments = [
        "clippy",
        "--offline",
        "--no-deps",
        "-p",
        "app",
        "-p",
        "server",
    ];
    let mut clippy = call(workspace, "cargo", &arguments);
    clippy
        .current_dir(&copy)
        .env("CARGO_TARGET_DIR", workspace.path("target"));
    run(clippy.args(["--", "-D", "warnings"]))
        .with_context(|| format!("without what {HOW_TO} says to delete"))
}

/// The manifest of the copy: that of the workspace with two members, and the other crates where they are.
fn manifest(root: &str) -> Result<String> {
    let package = root
        .find("[workspace.package]")
        .context("Cargo.toml has no [workspace.package]")?;
    let rest = root[package..]
        .replacen(
            "version = \"0.1.0\"",
            &format!("version = \"{VERSION}\""),
            1,
        )
        .replace("path = \"crates/", "path = \"../../crates/");
    if !rest.contains(VERSION) {
        bail!("the version in [workspace.package] is not the one that is expected here");
    }
    let members = CRATES.map(|name| format!("\"{name}\"")).join(", ");
    Ok(format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n{rest}"
    ))
}

/// Deletes the part's files and its lines.
fn leave_out(copy: &Path, part: &Part) -> Result<()> {
    for path in &part.paths {
        let path = copy.join(path);
        if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        }
        .with_context(|| format!("{HOW_TO} says to delete {}", path.display()))?;
    }
    let mut deleted = 0;
    let folders = CRATES.iter().chain([&FUNCTIONS]);
    for file in folders.flat_map(|name| sources(&copy.join(name))) {
        deleted += delete_lines(&file, |line| part.has_line(line))?;
    }
    if deleted == 0 {
        bail!("no line ends in {}, as {HOW_TO} says", part.mark);
    }
    delete_lines(&copy.join(GENERATED), |line| part.has_generated_line(line))?;
    Ok(())
}

/// Deletes lines of a file and answers how many they are.
fn delete_lines(file: &Path, goes: impl Fn(&str) -> bool) -> Result<usize> {
    let text = fs::read_to_string(file)?;
    let (gone, kept): (Vec<&str>, Vec<&str>) =
        text.split_inclusive('\n').partition(|line| goes(line));
    if !gone.is_empty() {
        fs::write(file, kept.concat())?;
    }
    Ok(gone.len())
}

/// Copies a folder.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for file in all(from) {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&file, &target).with_context(|| format!("copying {}", file.display()))?;
    }
    Ok(())
}

/// The Rust and TypeScript files of a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = all(folder);
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "rs" || extension == "ts")
    });
    files
}

fn all(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => all(&path),
            path => vec![path],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::manifest;

    #[test]
    fn the_copy_has_two_members_and_a_version_of_its_own() {
        let root = "[workspace]\nmembers = [\"x\"]\n\n[workspace.package]\nversion = \"0.1.0\"\n\
                    [workspace.dependencies]\na = { path = \"crates/a\", version = \"0.1.0\" }\n";
        assert_eq!(
            manifest(root).expect("a manifest"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"server\"]\n\n\
             [workspace.package]\nversion = \"0.0.0-left-out\"\n\
             [workspace.dependencies]\na = { path = \"../../crates/a\", version = \"0.1.0\" }\n"
        );
        assert!(manifest("[workspace]\n").is_err());
    }
}
