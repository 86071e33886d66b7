//! Released programs of the tools' own projects, checked against the checksums in `released.json`.
//!
//! `XTASK_DOWNLOADS` replaces `https://github.com` with a host that has the same paths, such as a company's mirror. An
//! archive without a checksum in the table is not downloaded. `cargo xtask setup --pin-releases` adds the checksums of
//! the versions that this repository uses.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::download::{Limits, fetch};
use crate::ui;
use crate::version::Version;
use crate::workspace::Workspace;

const TABLE: &str = include_str!("released.json");
/// The path of the table in the checkout.
const TABLE_PATH: &str = "crates/tasks/src/requirements/released.json";

/// The variable with another host to download from.
const VARIABLE: &str = "XTASK_DOWNLOADS";
const USUAL: &str = "https://github.com";

/// The maximum size of an unpacked program, in bytes: more than any of them needs. A larger one is refused.
const LARGEST: u64 = 512 << 20;

/// A program that its project releases.
#[derive(Debug)]
pub(super) struct Released {
    /// The name of the program, also inside the archive.
    pub(super) tool: &'static str,
    /// Returns the path of an archive on the host, from version and target.
    pub(super) path: fn(&str, &str) -> String,
    /// The targets with an archive.
    pub(super) targets: &'static [&'static str],
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Pin {
    tool: String,
    version: String,
    target: String,
    sha256: String,
}

impl Released {
    /// Downloads the program into a folder.
    ///
    /// # Errors
    /// When the table has no archive of these versions for this machine, the download is incomplete, or its checksum is
    /// wrong. The folder is then unchanged.
    pub(super) fn install(
        &self,
        serves: impl Fn(Version) -> bool,
        scratch: &Path,
        into: &Path,
    ) -> Result<()> {
        let target = this_machine();
        let pins = pins()?;
        let pin = pins
            .iter()
            .filter(|pin| pin.tool == self.tool && pin.target.starts_with(&target))
            .find(|pin| Version::parse(&pin.version).is_some_and(&serves));
        let Some(pin) = pin else {
            bail!(
                "no checksum of a release of {} for {target} is known \
                 (`cargo xtask setup --pin-releases` adds it)",
                self.tool
            );
        };
        self.get(pin, &base(), Limits::USUAL, scratch, into)
    }

    fn get(
        &self,
        pin: &Pin,
        base: &str,
        limits: Limits,
        scratch: &Path,
        into: &Path,
    ) -> Result<()> {
        let archive = self.download(&pin.version, &pin.target, base, limits, scratch)?;
        let found = checksum(&archive)?;
        if found != pin.sha256 {
            fs::remove_file(&archive)?;
            bail!(
                "the archive of {} {} is not the released one: its checksum is {found}, {TABLE_PATH} has {}",
                pin.tool,
                pin.version,
                pin.sha256
            );
        }
        let placed = unpack(&archive, self.tool, into);
        fs::remove_file(&archive)?;
        placed
    }

    fn download(
        &self,
        version: &str,
        target: &str,
        base: &str,
        limits: Limits,
        scratch: &Path,
    ) -> Result<PathBuf> {
        fs::create_dir_all(scratch)
            .with_context(|| format!("cannot make {}", scratch.display()))?;
        let url = format!(
            "{}/{}",
            base.trim_end_matches('/'),
            (self.path)(version, target)
        );
        let archive = scratch.join(format!("{}-{target}.tar.gz", self.tool));
        fetch(&url, &archive, limits)?;
        Ok(archive)
    }
}

/// Downloads all archives of these versions and replaces the checksums of other versions in the table.
///
/// # Errors
/// When none of a tool's archives can be downloaded. Targets without an archive are named and skipped.
pub(super) fn pin(workspace: &Workspace, wanted: &[(&Released, Version)]) -> Result<()> {
    let scratch = workspace.path("target/tools/download");
    let mut pins = pins()?;
    for (released, version) in wanted {
        let version = version.to_string();
        let mut fresh = Vec::new();
        for target in released.targets {
            match released.download(&version, target, &base(), Limits::USUAL, &scratch) {
                Ok(archive) => fresh.push(Pin {
                    tool: released.tool.to_owned(),
                    version: version.clone(),
                    target: (*target).to_owned(),
                    sha256: checksum(&archive)?,
                }),
                Err(error) => ui::caution(&format!("{error:#}")),
            }
        }
        if fresh.is_empty() {
            bail!(
                "no archive of {} {version} could be had; the table stays as it was",
                released.tool
            );
        }
        pins.retain(|pin| pin.tool != released.tool);
        pins.append(&mut fresh);
    }
    pins.sort();
    let text = serde_json::to_string_pretty(&pins)? + "\n";
    let path = workspace.path(TABLE_PATH);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    ui::note(&format!(
        "{TABLE_PATH} written: compare it with what the projects publish, then commit it"
    ));
    Ok(())
}

fn pins() -> Result<Vec<Pin>> {
    serde_json::from_str(TABLE).with_context(|| format!("{TABLE_PATH} is no table of checksums"))
}

fn base() -> String {
    std::env::var(VARIABLE)
        .ok()
        .filter(|place| !place.is_empty())
        .unwrap_or_else(|| USUAL.to_owned())
}

/// Returns the beginning of this machine's target triple, without the C library. Programs for either C library run on
/// most systems, and set-up starts the program to find out.
fn this_machine() -> String {
    let system = match std::env::consts::OS {
        "macos" => "apple-darwin",
        "linux" => "unknown-linux",
        other => other,
    };
    format!("{}-{system}", std::env::consts::ARCH)
}

fn checksum(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let digest = Sha256::digest(&bytes);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Unpacks the program from the archive, whatever folder it is in, and puts it in place in one step.
fn unpack(archive: &Path, tool: &str, into: &Path) -> Result<()> {
    let file = File::open(archive).with_context(|| format!("cannot read {}", archive.display()))?;
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let is_tool = entry.path()?.file_name().is_some_and(|name| name == tool);
        if !is_tool || !entry.header().entry_type().is_file() {
            continue;
        }
        if entry.size() > LARGEST {
            bail!("{tool} in the archive has {} MiB", entry.size() >> 20);
        }
        fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
        let fresh = into.join(format!(".{tool}.new"));
        let mut out =
            File::create(&fresh).with_context(|| format!("cannot write {}", fresh.display()))?;
        std::io::copy(&mut entry, &mut out)?;
        out.flush()?;
        drop(out);
        executable(&fresh)?;
        return fs::rename(&fresh, into.join(tool))
            .with_context(|| format!("cannot put {tool} into {}", into.display()));
    }
    bail!("the archive has no program {tool}")
}

fn executable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[cfg(test)]
#[path = "released_tests.rs"]
mod tests;
