//! Disk space for the build. A compiler that runs out of it fails with a confusing error.

use std::path::PathBuf;
use std::process::Command;

use super::{Need, Requirement, State};
use crate::process::output;
use crate::workspace::Workspace;

pub(super) const SPACE: Requirement = Requirement {
    name: "disk space",
    need: Need::Backend,
    probe: space,
    install: None,
};

/// The space in GiB for a first build, including tests and release build.
const COMFORTABLE: u64 = 12;
/// With less, even a small change may not link.
const LEAST: u64 = 1;

fn space(workspace: &Workspace) -> State {
    let Some(free) = free_gib(workspace) else {
        return State::ready("unknown: `df` does not answer");
    };
    let found = format!("{free} GiB free");
    // An existing build no longer needs this space.
    let enough = if target(workspace).join("debug").exists() {
        LEAST
    } else {
        COMFORTABLE
    };
    if free < LEAST {
        State::broken(
            found,
            "make room, e.g. `cargo clean`, or build elsewhere: CARGO_TARGET_DIR=/other/disk",
        )
    } else if free < enough {
        State::caution(
            found,
            format!("a first build with all tests takes up to {COMFORTABLE} GiB"),
        )
    } else {
        State::ready(found)
    }
}

/// Returns the free space on the disk of `target/`, from POSIX `df`.
fn free_gib(workspace: &Workspace) -> Option<u64> {
    let target = target(workspace);
    // Before the first build it does not exist.
    let made = target.ancestors().find(|dir| dir.exists())?;
    let table = output(Command::new("df").arg("-Pk").arg(made))?;
    available_kib(&table).map(|kib| kib >> 20)
}

/// Returns the folder for what Cargo builds.
fn target(workspace: &Workspace) -> PathBuf {
    let elsewhere = std::env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty());
    workspace
        .path("")
        .join(elsewhere.unwrap_or_else(|| "target".into()))
}

/// Reads the fourth column of the line below the heading.
fn available_kib(table: &str) -> Option<u64> {
    table
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::available_kib;

    #[test]
    fn reads_what_posix_df_prints() {
        let table = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
                     /dev/vda         263174212 12345678  82837504      13% /\n";
        assert_eq!(available_kib(table), Some(82_837_504));
        assert_eq!(available_kib("df: no such file"), None);
    }
}
