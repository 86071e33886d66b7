//! The compiler and its WebAssembly target.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::{Install, Lane, Need, Requirement, State, debian};
use crate::process::{call, find, output, succeeds_within};
use crate::progress::Task;
use crate::ui;
use crate::version::Version;
use crate::workspace::Workspace;

pub(super) const COMPILER: Requirement = Requirement {
    name: "rustc",
    need: Need::Backend,
    probe: compiler,
    install: None,
};

pub(super) const WASM_TARGET: Requirement = Requirement {
    name: "wasm32 target",
    need: Need::Build,
    probe: wasm_target,
    install: Some(Install {
        doing: "Adding the WebAssembly target (seconds with rustup)",
        lane: Lane::First,
        run: add_wasm_target,
    }),
};

/// How long rustup may try to download before the alternative is used.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(300);

fn compiler(workspace: &Workspace) -> State {
    let line = output(&mut call(workspace, "rustc", &["--version"])).unwrap_or_default();
    let mend = "rustup update stable   (rustup: https://rustup.rs)";
    let wanted = match workspace.rust_version() {
        Ok(wanted) => wanted,
        Err(error) => return State::broken(error.to_string(), "restore Cargo.toml"),
    };
    match Version::find_in(&line) {
        Some(found) if found >= wanted => State::ready(found.to_string()),
        Some(found) => State::broken(format!("{found}, needs {wanted} or newer"), mend),
        None => State::broken("not found", mend),
    }
}

/// Returns the folder of the compiler's standard libraries.
fn sysroot(workspace: &Workspace) -> Option<PathBuf> {
    output(&mut call(workspace, "rustc", &["--print", "sysroot"])).map(PathBuf::from)
}

fn wasm_target(workspace: &Workspace) -> State {
    let libs = sysroot(workspace).map(|root| root.join("lib/rustlib/wasm32-unknown-unknown/lib"));
    let has_std = libs
        .and_then(|dir| std::fs::read_dir(dir).ok())
        .is_some_and(|entries| {
            entries
                .flatten()
                .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
        });
    if has_std {
        State::ready("wasm32-unknown-unknown")
    } else {
        State::broken("not installed", "rustup target add wasm32-unknown-unknown")
    }
}

fn add_wasm_target(workspace: &Workspace, _: &Task<'_>) -> Result<()> {
    if find(workspace, "rustup").is_some() {
        let mut add = call(
            workspace,
            "rustup",
            &["target", "add", "wasm32-unknown-unknown"],
        );
        ui::command("rustup target add wasm32-unknown-unknown");
        if succeeds_within(&mut add, DOWNLOAD_LIMIT) {
            return Ok(());
        }
        ui::caution("rustup could not download the target; trying Debian's compiler instead");
    }
    debian::install(workspace)
}
