//! The checkout: where it is, and the versions its own files pin.
//!
//! Versions are read from `Cargo.toml`, `Cargo.lock` and `package.json` so that they stand in one place.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::version::Version;

/// The root of the checkout and the toolchain its children are to use.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    /// Set once set-up had to link another toolchain during this run; from the next run on rustup's
    /// directory override picks it by itself.
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

    /// A checkout in a test's own folder.
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

    /// A path inside the checkout.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Returns the toolchain that children are to use, where it is another than rustup picks.
    pub fn toolchain(&self) -> Option<&str> {
        self.toolchain.get().map(String::as_str)
    }

    /// Has children use this toolchain from now on.
    pub fn use_toolchain(&self, name: &str) {
        // The first choice stays: only one step of set-up makes one.
        let _ = self.toolchain.set(name.to_owned());
    }

    /// The oldest compiler the workspace promises to build with.
    pub fn rust_version(&self) -> Result<Version> {
        let manifest = self.read("Cargo.toml")?;
        manifest
            .lines()
            .find_map(|line| line.strip_prefix("rust-version = "))
            .and_then(|value| Version::parse(value.trim_matches('"')))
            .context("Cargo.toml has no rust-version")
    }

    /// The version of a crate in `Cargo.lock`; the first one when there are several.
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

    /// A text file of the checkout.
    pub fn read(&self, relative: &str) -> Result<String> {
        let path = self.path(relative);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}
