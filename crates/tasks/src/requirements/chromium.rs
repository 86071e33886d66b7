//! Chromium for the browser tests: the system's own, otherwise the one that Playwright downloads.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::debian::Apt;
use super::{Install, Lane, Need, Requirement, State};
use crate::process::{find, tool};
use crate::progress::Task;
use crate::workspace::Workspace;

pub(super) const CHROMIUM: Requirement = Requirement {
    name: "chromium",
    need: Need::Test,
    probe: chromium,
    install: Some(Install {
        doing: "Installing Chromium for the browser tests",
        lane: Lane::Packages,
        run: install,
    }),
};

/// The variable that tells the browser tests which browser to start.
const VARIABLE: &str = "CHROMIUM_PATH";

/// Finds the system's own browser, or the one in the variable.
fn system(workspace: &Workspace) -> Option<PathBuf> {
    let chosen = std::env::var_os(VARIABLE)
        .map(PathBuf::from)
        .filter(|path| path.exists());
    chosen.or_else(|| {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        names.iter().find_map(|name| find(workspace, name))
    })
}

/// Tells a child which browser to start. It finds Playwright's own without help.
pub fn choose(workspace: &Workspace, command: &mut Command) {
    if let Some(path) = system(workspace) {
        command.env(VARIABLE, path);
    }
}

fn chromium(workspace: &Workspace) -> State {
    if !workspace.path("end2end").exists() {
        return State::ready("not used");
    }
    match system(workspace).or_else(downloaded) {
        Some(path) => State::ready(path.display().to_string()),
        None => State::broken(
            "not found",
            "apt-get install chromium   or   (cd end2end && npx playwright install chromium)",
        ),
    }
}

/// Finds the browser that `playwright install chromium` has downloaded.
fn downloaded() -> Option<PathBuf> {
    let home = std::env::home_dir()?;
    let caches = [
        home.join(".cache/ms-playwright"),
        home.join("Library/Caches/ms-playwright"),
    ];
    caches
        .iter()
        .filter_map(|dir| std::fs::read_dir(dir).ok())
        .flatten()
        .flatten()
        .find_map(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("chromium-")
                .then(|| entry.path())
        })
}

fn install(workspace: &Workspace, task: &Task<'_>) -> Result<()> {
    if let Ok(apt) = Apt::available(workspace) {
        let _ = task.run(&mut apt.get(workspace, &["update"]));
        let packages = ["install", "-y", "--no-install-recommends", "chromium"];
        if task.run(&mut apt.get(workspace, &packages)).is_ok() {
            return Ok(());
        }
    }
    let mut download = tool(workspace, "npx");
    task.run(
        download
            .args(["playwright", "install", "chromium"])
            .current_dir(workspace.path("end2end")),
    )
}
