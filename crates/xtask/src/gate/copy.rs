//! A copy of the app in `target/`, to change and compile.
//!
//! It shares the target folder of the checkout, so that dependencies are not compiled again. Node.js finds the npm
//! packages in the folders above.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use leptos_convex_tasks::process::{call, run};
use leptos_convex_tasks::workspace::Workspace;

/// The crates that are copied.
const CRATES: [&str; 2] = ["app", "server"];

/// The folder of the functions, which is copied too.
pub(super) const FUNCTIONS: &str = "convex";

/// A copy of the app.
pub(super) struct Copy<'a> {
    workspace: &'a Workspace,
    root: PathBuf,
}

impl<'a> Copy<'a> {
    /// Copies the app to `target/{name}`. Its crates get the version `0.0.0-{name}`, so that cargo does not mistake
    /// them for those of the checkout.
    ///
    /// # Errors
    /// When a file cannot be copied.
    pub(super) fn make(workspace: &'a Workspace, name: &str) -> Result<Self> {
        let root = workspace.path("target").join(name);
        if root.exists() {
            fs::remove_dir_all(&root).context("removing the last copy")?;
        }
        for folder in CRATES.iter().chain([&FUNCTIONS]) {
            copy_folder(&workspace.path(folder), &root.join(folder))?;
        }
        fs::write(
            root.join("Cargo.toml"),
            manifest(&workspace.read("Cargo.toml")?, name)?,
        )?;
        for file in ["Cargo.lock", "package.json", "vitest.config.ts"] {
            fs::copy(workspace.path(file), root.join(file))?;
        }
        Ok(Self { workspace, root })
    }

    /// Returns the folder of the copy.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Lists the Rust and TypeScript files.
    pub(super) fn sources(&self) -> Vec<PathBuf> {
        let mut files = all(&self.root);
        files.retain(|file| {
            file.extension()
                .is_some_and(|extension| extension == "rs" || extension == "ts")
        });
        files
    }

    /// Runs the tests of the functions.
    ///
    /// # Errors
    /// When one fails.
    pub(super) fn test_functions(&self) -> Result<()> {
        let arguments = ["--no-install", "vitest", "run", "--root"];
        run(call(self.workspace, "npx", &arguments).arg(&self.root))
    }

    /// Checks the types of the functions, without their tests, which may use what the copy does not have.
    ///
    /// # Errors
    /// When they are wrong.
    pub(super) fn check_types(&self) -> Result<()> {
        let functions = self.root.join(FUNCTIONS);
        for file in all(&functions) {
            if file.to_string_lossy().ends_with(".test.ts") {
                fs::remove_file(&file)?;
            }
        }
        let arguments = ["--no-install", "tsc", "--noEmit", "-p"];
        run(call(self.workspace, "npx", &arguments).arg(functions))
    }

    /// Compiles the server half.
    ///
    /// # Errors
    /// When it does not compile, or with a warning.
    pub(super) fn lint_server(&self) -> Result<()> {
        self.lint(&["-p", "app", "-p", "server"])
    }

    /// Compiles the browser half.
    ///
    /// # Errors
    /// When it does not compile, or with a warning.
    pub(super) fn lint_browser(&self) -> Result<()> {
        let target = ["--target", "wasm32-unknown-unknown"];
        self.lint(&[&["-p", "app", "--features", "hydrate"][..], &target].concat())
    }

    fn lint(&self, arguments: &[&str]) -> Result<()> {
        let mut clippy = call(
            self.workspace,
            "cargo",
            &["clippy", "--offline", "--no-deps"],
        );
        clippy
            .args(arguments)
            .args(["--", "-D", "warnings"])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.workspace.path("target"));
        run(&mut clippy)
    }
}

/// Returns the manifest of the copy: that of the workspace with two members, and the other crates where they are.
fn manifest(root: &str, name: &str) -> Result<String> {
    let package = root
        .find("[workspace.package]")
        .context("Cargo.toml has no [workspace.package]")?;
    let version = format!("version = \"0.0.0-{name}\"");
    let rest = root[package..]
        .replacen("version = \"0.1.0\"", &version, 1)
        .replace("path = \"crates/", "path = \"../../crates/");
    if !rest.contains(&version) {
        bail!("[workspace.package] of Cargo.toml has another version than 0.1.0");
    }
    let members = CRATES.map(|name| format!("\"{name}\"")).join(", ");
    Ok(format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n{rest}"
    ))
}

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

/// Lists all files below a folder.
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
            manifest(root, "left-out").expect("a manifest"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"server\"]\n\n\
             [workspace.package]\nversion = \"0.0.0-left-out\"\n\
             [workspace.dependencies]\na = { path = \"../../crates/a\", version = \"0.1.0\" }\n"
        );
        assert!(manifest("[workspace]\n", "left-out").is_err());
    }
}
