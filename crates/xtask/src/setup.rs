//! `cargo xtask setup`: installs what is missing, in order, and says what it does and how long it took.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::requirements::{self, Need, Requirement, State};
use crate::ui;
use crate::workspace::Workspace;

/// Options of `cargo xtask setup`.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {
    /// Only what building and serving needs; leave out what only the tests need
    #[arg(long)]
    build_only: bool,
}

pub(crate) fn run(workspace: &mut Workspace, args: &SetupArgs) -> Result<ExitCode> {
    let start = Instant::now();
    let need = if args.build_only {
        Need::Build
    } else {
        Need::Test
    };
    let installed = ensure(workspace, need)?;
    let text = if installed == 0 {
        "Everything was there already"
    } else {
        "Set up"
    };
    ui::done(text, start.elapsed());
    Ok(ExitCode::SUCCESS)
}

/// Makes sure of everything `need` takes; answers how many had to be installed.
///
/// # Errors
/// The first requirement that is missing and could not be installed, with what to do about it.
pub(crate) fn ensure(workspace: &mut Workspace, need: Need) -> Result<usize> {
    let mut installed = 0;
    for requirement in requirements::ALL.iter().filter(|r| r.need <= need) {
        if let State::Broken { found, mend } = (requirement.probe)(workspace) {
            install(workspace, requirement, &found, &mend)?;
            installed += 1;
        }
    }
    Ok(installed)
}

fn install(
    workspace: &mut Workspace,
    requirement: &Requirement,
    found: &str,
    mend: &str,
) -> Result<()> {
    let name = requirement.name;
    let Some(install) = requirement.install else {
        bail!("{name}: {found}\n  To mend it: {mend}");
    };
    let start = Instant::now();
    ui::begin(install.doing);
    (install.run)(workspace)
        .with_context(|| format!("could not set up {name} (by hand: {mend})"))?;
    match (requirement.probe)(workspace) {
        State::Broken { found, mend } => {
            bail!("{name} was installed but is still not right: {found}\n  To mend it: {mend}")
        }
        _ => ui::done(&format!("{name} ready"), start.elapsed()),
    }
    Ok(())
}
