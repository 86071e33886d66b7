//! `wasm-opt`, which shrinks the WebAssembly of release builds. It comes with the npm package `binaryen`.

use std::fs;

use anyhow::{Context, Result};

use super::{Install, Lane, Need, Requirement, State};
use crate::process::{call, cargo_bin, output};
use crate::progress::Task;
use crate::ui;
use crate::version::Version;
use crate::workspace::Workspace;

pub(super) const WASM_OPT: Requirement = Requirement {
    name: "wasm-opt",
    need: Need::Build,
    probe: wasm_opt,
    install: Some(Install {
        doing: "Making wasm-opt reachable for cargo-leptos",
        lane: Lane::Packages,
        run: link,
    }),
};

const FROM_NPM: &str = "node_modules/binaryen/bin/wasm-opt";

/// Checks the person's own `PATH`, because plain `cargo leptos build` has to find it too.
fn wasm_opt(workspace: &Workspace) -> State {
    let mend = "cargo xtask setup   (links the npm package's wasm-opt into cargo's bin folder)";
    let Ok(program) = which::which("wasm-opt") else {
        return State::broken("not on the PATH", mend);
    };
    let line = output(&mut call(
        workspace,
        &program.to_string_lossy(),
        &["--version"],
    ));
    match line.as_deref().and_then(Version::find_in) {
        Some(found) => State::ready(format!("{}", found.major)),
        None => State::broken(format!("{} does not run", program.display()), mend),
    }
}

fn link(workspace: &Workspace, _: &Task<'_>) -> Result<()> {
    let program = workspace.path(FROM_NPM);
    let dir = cargo_bin().context("cannot find cargo's own folder")?;
    let link = dir.join("wasm-opt");
    if link.symlink_metadata().is_ok() {
        // A link to a checkout that no longer exists.
        fs::remove_file(&link)?;
    }
    std::os::unix::fs::symlink(&program, &link)
        .with_context(|| format!("cannot link {} to {}", link.display(), program.display()))?;
    ui::note(&format!("linked {} to {FROM_NPM}", link.display()));
    Ok(())
}
