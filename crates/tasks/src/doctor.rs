//! `cargo xtask doctor`: a line for each requirement of the project, and how to fix what is wrong.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::requirements::{self, State};
use crate::ui::{self, BAD, CAUTION, FAINT, GOOD, paint};
use crate::workspace::Workspace;

/// Options of `cargo xtask doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Also fail on warnings
    #[arg(long)]
    strict: bool,
}

/// Prints the list. Fails when a requirement is missing or wrong.
pub fn run(workspace: &Workspace, args: &DoctorArgs) -> Result<ExitCode> {
    let found: Vec<(&str, State)> = requirements::ALL
        .iter()
        .map(|r| (r.name, (r.probe)(workspace)))
        .collect();
    let rows: Vec<Vec<String>> = found.iter().map(|(name, state)| row(name, state)).collect();
    ui::table(&rows);
    let broken = found.iter().filter(|(_, state)| state.is_broken()).count();
    let cautions = found
        .iter()
        .filter(|(_, s)| matches!(s, State::Caution { .. }))
        .count();
    anstream::println!();
    if broken > 0 {
        ui::failure(&format!(
            "{broken} to fix: `cargo xtask setup` installs what can be installed"
        ));
        return Ok(ExitCode::FAILURE);
    }
    if cautions > 0 {
        ui::caution(&format!("Ready to build; {cautions} worth a look"));
        return Ok(if args.strict {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        });
    }
    ui::note("All is well: `cargo xtask dev` starts the app.");
    Ok(ExitCode::SUCCESS)
}

fn row(name: &str, state: &State) -> Vec<String> {
    let (mark, found, mend) = match state {
        State::Ready(found) => (paint(GOOD, "✓"), found, ""),
        State::Caution { found, mend } => (paint(CAUTION, "!"), found, mend.as_str()),
        State::Broken { found, mend } => (paint(BAD, "✗"), found, mend.as_str()),
    };
    let mut cells = vec![mark, name.to_owned(), found.clone()];
    if !mend.is_empty() {
        cells.push(format!("{} {mend}", paint(FAINT, "→")));
    }
    cells
}
