//! A Chromium for the browser tests: the system's own, else the one Playwright downloads.

use std::path::PathBuf;

use anyhow::Result;

use super::debian::Apt;
use super::{Install, Need, Requirement, State};
use crate::process::{find, run, tool};
use crate::workspace::Workspace;

pub(super) const CHROMIUM: Requirement = Requirement {
    name: "chromium",
    need: Need::Test,
    probe: chromium,
    install: Some(Install {
        doing: "Installing Chromium for the browser tests",
        run: install,
    }),
};

fn chromium(workspace: &Workspace) -> State {
    let system = ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .find_map(|name| find(workspace, name));
    match system.or_else(downloaded) {
        Some(path) => State::ready(path.display().to_string()),
        None => State::broken(
            "not found",
            "apt-get install chromium   or   npx --prefix end2end playwright install chromium",
        ),
    }
}

/// What `playwright install chromium` left in its cache.
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

fn install(workspace: &mut Workspace) -> Result<()> {
    if let Ok(apt) = Apt::available(workspace) {
        let _ = run(&mut apt.get(workspace, &["update"]));
        let packages = ["install", "-y", "--no-install-recommends", "chromium"];
        if run(&mut apt.get(workspace, &packages)).is_ok() {
            return Ok(());
        }
    }
    let mut download = tool(workspace, "npx");
    run(download
        .args(["playwright", "install", "chromium"])
        .current_dir(workspace.path("end2end")))
}
