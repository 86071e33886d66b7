//! `cargo xtask template`: a template of the app for `cargo leptos new` and `cargo generate`.
//!
//! It is generated from this repository each time, so it cannot become outdated. It contains the app without the
//! crates, on which the app depends by version. The parts in `docs/how-to/leave-things-out.md` are optional.

mod docs;
mod generate;
mod manifest;
mod packages;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use leptos_convex_tasks::process::{call, output};
use leptos_convex_tasks::ui;
use leptos_convex_tasks::workspace::Workspace;

pub(crate) use self::generate::variable;
use crate::parts;

/// Options of `cargo xtask template`.
#[derive(Debug, Args)]
#[command(
    after_help = "Then: cargo leptos new --path OUT. Pushed to a repository of its own, it is for everybody: \
    cargo leptos new --git URL."
)]
pub(crate) struct TemplateArgs {
    /// The folder to create; it must not exist
    out: PathBuf,
}

pub(crate) fn run_command(workspace: &Workspace, args: &TemplateArgs) -> Result<ExitCode> {
    let out = std::env::current_dir()?.join(&args.out);
    make(workspace, &out)?;
    ui::note(&format!("{} written", out.display()));
    Ok(ExitCode::SUCCESS)
}

/// Files and folders that an app gets unchanged.
const TAKEN: &[&str] = &[
    ".cargo/config.toml",
    ".env.example",
    ".gitignore",
    ".npmrc",
    ".rustfmt.toml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "app",
    "clippy.toml",
    "convex",
    "convex.json",
    "docs/forms.md",
    "docs/how-to",
    "frontend",
    "package-lock.json",
    "package.json",
    "public",
    "server/Cargo.toml",
    "server/src",
    "style",
    "vitest.config.ts",
];

/// Files that are written only for an app.
const WRITTEN: &[(&str, &str)] = &[
    ("README.md", include_str!("files/README.md")),
    ("xtask/Cargo.toml", include_str!("files/xtask.toml")),
    ("xtask/src/main.rs", include_str!("files/xtask.rs.txt")),
];

/// The files of the template by path.
type Files = BTreeMap<String, Vec<u8>>;

/// Writes the template to a new folder.
///
/// # Errors
/// When the folder already exists, or a file of this repository has an unexpected form.
pub(crate) fn make(workspace: &Workspace, out: &Path) -> Result<()> {
    if out.exists() {
        bail!("{} is there already", out.display());
    }
    for (path, bytes) in files(workspace)? {
        let file = out.join(path);
        let folder = file.parent().context("a file without a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn files(workspace: &Workspace) -> Result<Files> {
    let mut git = call(workspace, "git", &["ls-files", "--"]);
    let listed = output(git.args(TAKEN)).context("`git ls-files` failed")?;
    let mut files = Files::new();
    for path in listed.lines() {
        let file = workspace.path(path);
        // It may have been removed without a commit.
        if file.exists() {
            let bytes = fs::read(&file).with_context(|| format!("cannot read {path}"))?;
            files.insert(path.to_owned(), bytes);
        }
    }
    for taken in TAKEN {
        if !files.keys().any(|path| Path::new(path).starts_with(taken)) {
            bail!("there is no {taken} to make the template from");
        }
    }
    for (path, text) in WRITTEN {
        files.insert((*path).to_owned(), text.as_bytes().to_vec());
    }
    manifest::adapt(&mut files)?;
    packages::adapt(&mut files)?;
    docs::unlink(&mut files)?;
    generate::ask(&mut files, &parts::read(workspace)?)?;
    Ok(files)
}

/// Changes the text of a file.
fn change(
    files: &mut Files,
    path: &str,
    change: impl FnOnce(&str) -> Result<String>,
) -> Result<()> {
    let bytes = files
        .get_mut(path)
        .with_context(|| format!("the template has no {path}"))?;
    let text = std::str::from_utf8(bytes).with_context(|| format!("{path} is not UTF-8"))?;
    *bytes = change(text)
        .with_context(|| format!("{path} is not as expected"))?
        .into_bytes();
    Ok(())
}

/// Replaces a text that must be there.
fn replaced(text: &str, from: &str, to: &str) -> Result<String> {
    if !text.contains(from) {
        bail!("no `{from}` in it");
    }
    Ok(text.replace(from, to))
}
