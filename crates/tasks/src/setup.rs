//! `cargo xtask setup`: installs what is missing and prints what it does and how long it took.
//!
//! It installs programs, installs npm packages and compiles the app's dependencies at the same time.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Error, Result, bail};
use clap::Args;

use crate::progress::{Board, Task};
use crate::requirements::{self, Install, Lane, Need, Requirement, State};
use crate::ui;
use crate::workspace::Workspace;

/// Options of `cargo xtask setup`.
#[derive(Debug, Args)]
pub struct SetupArgs {
    /// Install only what building and serving needs, not what the tests need
    #[arg(long)]
    build_only: bool,
    /// Install nothing; write the checksums of the tools' current releases into this repository
    #[arg(long, conflicts_with = "build_only")]
    pin_releases: bool,
}

/// Runs the command.
///
/// # Errors
/// When something is missing and cannot be installed.
pub fn run(workspace: &Workspace, args: &SetupArgs) -> Result<ExitCode> {
    if args.pin_releases {
        requirements::pin_releases(workspace)?;
        return Ok(ExitCode::SUCCESS);
    }
    let start = Instant::now();
    let need = if args.build_only {
        Need::Build
    } else {
        Need::Test
    };
    let installed = ensure(workspace, need, None)?;
    let text = if installed == 0 {
        "Everything was there already"
    } else {
        "Set up"
    };
    ui::done(text, start.elapsed());
    Ok(ExitCode::SUCCESS)
}

/// Further work to do while tools are built. Set-up succeeds even if it fails.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// What it makes, for the progress line.
    pub name: &'static str,
    /// The work.
    pub run: fn(&Workspace, &Task<'_>) -> Result<()>,
}

/// A requirement to install.
struct Missing<'a> {
    requirement: &'a Requirement,
    install: Install,
    mend: String,
}

/// Installs everything that `need` requires and returns how many were missing.
///
/// # Errors
/// The first requirement that could not be installed, with what to do about it.
pub fn ensure(workspace: &Workspace, need: Need, beside: Option<Beside>) -> Result<usize> {
    ensure_all(workspace, requirements::ALL, need, beside)
}

fn ensure_all(
    workspace: &Workspace,
    all: &[Requirement],
    need: Need,
    beside: Option<Beside>,
) -> Result<usize> {
    let missing = missing(workspace, all, need)?;
    let lane = |lane: Lane| missing.iter().filter(move |m| m.install.lane == lane);
    for first in lane(Lane::First) {
        first.get(workspace, &Task::alone(first.requirement.name))?;
    }
    if lane(Lane::Tools).next().is_none() {
        for package in lane(Lane::Packages) {
            package.get(workspace, &Task::alone(package.requirement.name))?;
        }
    } else {
        let lanes = [
            lane(Lane::Tools).collect::<Vec<_>>(),
            lane(Lane::Packages).collect(),
        ];
        side_by_side(workspace, &lanes, beside)?;
    }
    Ok(missing.len())
}

/// Lists what is missing, in order.
///
/// # Errors
/// When only a person can install one of them. This is checked before the others take minutes to install.
fn missing<'a>(
    workspace: &Workspace,
    all: &'a [Requirement],
    need: Need,
) -> Result<Vec<Missing<'a>>> {
    let mut missing = Vec::new();
    for requirement in all.iter().filter(|r| r.need <= need) {
        let State::Broken { found, mend } = (requirement.probe)(workspace) else {
            continue;
        };
        let Some(install) = requirement.install else {
            bail!("{}: {found}\n  To fix it: {mend}", requirement.name);
        };
        missing.push(Missing {
            requirement,
            install,
            mend,
        });
    }
    Ok(missing)
}

/// Works through all lanes at once. The first failure stops the others.
fn side_by_side(
    workspace: &Workspace,
    lanes: &[Vec<&Missing<'_>>],
    beside: Option<Beside>,
) -> Result<()> {
    let board = Board::new(workspace.path("target/setup"));
    let failed: Mutex<Option<Error>> = Mutex::default();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| board.show(&ended));
        let extra = beside.map(|work| {
            let board = &board;
            scope.spawn(move || {
                let task = board.begin(work.name);
                let result = (work.run)(workspace, &task);
                board.end(task);
                if let Err(error) = result
                    && !board.is_stopped()
                {
                    ui::caution(&format!("{}: {error:#}", work.name));
                }
            })
        });
        let running: Vec<_> = lanes
            .iter()
            .map(|lane| {
                let (board, failed) = (&board, &failed);
                scope.spawn(move || {
                    for missing in lane {
                        let task = board.begin(missing.requirement.name);
                        let result = missing.get(workspace, &task);
                        board.end(task);
                        if let Err(error) = result {
                            // The tasks that this failure stops fail too. Their errors are not worth reporting.
                            if !board.is_stopped()
                                && let Ok(mut failed) = failed.lock()
                            {
                                failed.get_or_insert(error);
                            }
                            board.stop();
                        }
                        if board.is_stopped() {
                            return;
                        }
                    }
                })
            })
            .collect();
        for thread in running.into_iter().chain(extra) {
            if thread.join().is_err() {
                board.stop();
            }
        }
        ended.store(true, Ordering::Relaxed);
    });
    if let Ok(Some(error)) = failed.into_inner() {
        return Err(error);
    }
    if board.is_stopped() {
        bail!("set-up stopped before its end; run it again");
    }
    let builds = workspace.path(requirements::TOOLS_DIR);
    if builds.exists() {
        std::fs::remove_dir_all(&builds)
            .with_context(|| format!("cannot remove {}", builds.display()))?;
    }
    Ok(())
}

impl Missing<'_> {
    fn get(&self, workspace: &Workspace, task: &Task<'_>) -> Result<()> {
        let name = self.requirement.name;
        let start = Instant::now();
        ui::begin(self.install.doing);
        (self.install.run)(workspace, task)
            .with_context(|| format!("could not set up {name} (by hand: {})", self.mend))?;
        match (self.requirement.probe)(workspace) {
            State::Broken { found, mend } => {
                bail!("{name} was installed but is still not right: {found}\n  To fix it: {mend}")
            }
            _ => ui::done(&format!("{name} ready"), start.elapsed()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    /// Creates a requirement that can be installed.
    const fn requirement(
        name: &'static str,
        probe: fn(&Workspace) -> State,
        lane: Lane,
        run: fn(&Workspace, &Task<'_>) -> Result<()>,
    ) -> Requirement {
        let install = Install {
            doing: name,
            lane,
            run,
        };
        Requirement {
            name,
            need: Need::Build,
            probe,
            install: Some(install),
        }
    }

    fn there(workspace: &Workspace, file: &str) -> State {
        match workspace.path(file).exists() {
            true => State::Ready(String::new()),
            false => State::Broken {
                found: "not there".to_owned(),
                mend: format!("touch {file}"),
            },
        }
    }

    fn touch(workspace: &Workspace, file: &str) -> Result<()> {
        Ok(fs::write(workspace.path(file), "")?)
    }

    /// Waits for the file of another lane, so it hangs if the lanes do not run at the same time.
    fn meet(workspace: &Workspace, task: &Task<'_>, mine: &str, other: &str) -> Result<()> {
        touch(workspace, mine)?;
        let other = workspace.path(other);
        let script = format!("until [ -e '{}' ]; do sleep 0.05; done", other.display());
        task.run(Command::new("sh").args(["-c", &script]))
    }

    #[test]
    fn tools_packages_and_the_apps_dependencies_are_prepared_at_the_same_time() {
        let dir = tempfile::tempdir().expect("a folder");
        let all = [
            requirement(
                "tool",
                |w| there(w, "tool"),
                Lane::Tools,
                |w, task| {
                    meet(w, task, "tool", "package")?;
                    meet(w, task, "tool", "dependencies")
                },
            ),
            requirement(
                "package",
                |w| there(w, "package"),
                Lane::Packages,
                |w, task| meet(w, task, "package", "tool"),
            ),
        ];
        let beside = Beside {
            name: "dependencies",
            run: |w, task| meet(w, task, "dependencies", "tool"),
        };
        let workspace = Workspace::at(dir.path());
        let installed = ensure_all(&workspace, &all, Need::Build, Some(beside)).expect("set up");
        assert_eq!(installed, 2);
        assert_eq!(
            ensure_all(&workspace, &all, Need::Build, None).ok(),
            Some(0)
        );
    }

    #[test]
    fn a_failure_stops_the_others_and_says_what_to_do() {
        let dir = tempfile::tempdir().expect("a folder");
        let all = [
            requirement(
                "tool",
                |w| there(w, "tool"),
                Lane::Tools,
                |_, task| task.run(Command::new("sleep").arg("600")),
            ),
            requirement(
                "package",
                |w| there(w, "package"),
                Lane::Packages,
                |_, task| task.run(Command::new("sh").args(["-c", "echo no space >&2; exit 1"])),
            ),
        ];
        let workspace = Workspace::at(dir.path());
        let error = ensure_all(&workspace, &all, Need::Build, None).expect_err("it fails");
        let error = format!("{error:#}");
        for part in ["could not set up package", "touch package", "no space"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn what_must_be_installed_by_hand_is_reported_before_anything_is_installed() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut by_hand = requirement("node", |w| there(w, "node"), Lane::First, |_, _| Ok(()));
        by_hand.install = None;
        let all = [
            requirement(
                "tool",
                |w| there(w, "tool"),
                Lane::Tools,
                |w, _| touch(w, "tool"),
            ),
            by_hand,
        ];
        let workspace = Workspace::at(dir.path());
        let error = ensure_all(&workspace, &all, Need::Build, None).expect_err("no node");
        assert!(error.to_string().contains("touch node"), "{error}");
        assert!(!dir.path().join("tool").exists());
    }
}
