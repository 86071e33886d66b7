//! The checkout: its folder, and the versions that its files pin.
//!
//! Versions are read from `Cargo.toml`, `Cargo.lock` and `package.json`, so each is written in one place.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::version::Version;

/// The root of the checkout, and the toolchain for child processes.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    /// Set if set-up had to link another toolchain during this run. From the next run on, rustup's directory override
    /// selects it.
    toolchain: OnceLock<String>,
}

impl Workspace {
    /// Looks upwards from the current directory for the `Cargo.toml` with `[workspace]`.
    ///
    /// # Errors
    /// When there is none.
    pub fn find() -> Result<Self> {
        let start = std::env::current_dir().context("cannot read the current directory")?;
        for dir in start.ancestors() {
            let manifest = std::fs::read_to_string(dir.join("Cargo.toml")).unwrap_or_default();
            if manifest.lines().any(|line| line.trim() == "[workspace]") {
                return Ok(Self {
                    root: dir.to_owned(),
                    toolchain: OnceLock::new(),
                });
            }
        }
        bail!("no Cargo workspace at or above {}", start.display())
    }

    /// Creates a checkout in a test's own folder.
    #[cfg(test)]
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            toolchain: OnceLock::new(),
        }
    }

    /// Returns the root of the checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the absolute path of a file in the checkout.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Returns the toolchain for child processes, if it is not the one that rustup selects.
    pub fn toolchain(&self) -> Option<&str> {
        self.toolchain.get().map(String::as_str)
    }

    /// Sets the toolchain for child processes from now on.
    pub fn use_toolchain(&self, name: &str) {
        // Only one step of set-up sets it, so the first choice stays.
        let _ = self.toolchain.set(name.to_owned());
    }

    /// Returns the oldest compiler that the workspace supports.
    pub fn rust_version(&self) -> Result<Version> {
        let manifest = self.read("Cargo.toml")?;
        manifest
            .lines()
            .find_map(|line| line.strip_prefix("rust-version = "))
            .and_then(|value| Version::parse(value.trim_matches('"')))
            .context("Cargo.toml has no rust-version")
    }

    /// Returns the version of a crate in `Cargo.lock`, the first one if there are several.
    pub fn locked(&self, name: &str) -> Result<Version> {
        let lock = self.read("Cargo.lock")?;
        let entry = format!("name = \"{name}\"");
        lock.lines()
            .skip_while(|line| *line != entry)
            .nth(1)
            .and_then(|line| line.strip_prefix("version = "))
            .and_then(|value| Version::parse(value.trim_matches('"')))
            .with_context(|| format!("Cargo.lock names no version of {name}"))
    }

    /// Reads a text file of the checkout.
    pub fn read(&self, relative: &str) -> Result<String> {
        let path = self.path(relative);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}
