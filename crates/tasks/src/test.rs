//! `cargo xtask test` of an app: the checks for a change.
//!
//! Every step runs even if an earlier one failed. The tests compile with the flags of `cargo xtask dev`, so that both
//! share compiled dependencies. Lints compile them again.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use crate::codegen::{self, BuildWith};
use crate::process::{call, run as run_program};
use crate::requirements::Need;
use crate::setup;
use crate::ui::{self, BAD, FAINT, GOOD, paint};
use crate::workspace::Workspace;

/// Options of `cargo xtask test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Do not look for missing tools first
    #[arg(long)]
    no_setup: bool,
}

struct Step {
    name: &'static str,
    run: fn(&Workspace) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step {
        name: "formatting",
        run: |workspace| run_program(&mut call(workspace, "cargo", &["fmt", "--all", "--check"])),
    },
    Step {
        name: "generated code",
        run: |workspace| codegen::assert_fresh(workspace, BuildWith::Server),
    },
    Step {
        name: "functions",
        run: |workspace| run_program(&mut call(workspace, "npm", &["test"])),
    },
    Step {
        name: "lints of the server half",
        run: |workspace| {
            let mut clippy = call(workspace, "cargo", &["clippy", "--all-targets"]);
            run_program(clippy.args(LINTS))
        },
    },
    Step {
        name: "lints of the browser half",
        run: |workspace| {
            let mut clippy = call(workspace, "cargo", &["clippy", "-p", "frontend"]);
            clippy.args(["--target", "wasm32-unknown-unknown"]);
            run_program(clippy.args(LINTS))
        },
    },
    Step {
        name: "Rust tests",
        run: |workspace| {
            let mut test = call(workspace, "cargo", &["test"]);
            run_program(test.args(codegen::erased(codegen::host(workspace).as_deref())))
        },
    },
];

const LINTS: &[&str] = &["--", "-D", "warnings"];

/// Runs all steps. Fails when one of them failed.
///
/// # Errors
/// When a requirement is missing and cannot be installed.
pub fn run(workspace: &Workspace, args: &TestArgs) -> Result<ExitCode> {
    if !args.no_setup {
        setup::ensure(workspace, Need::Test, None)?;
    }
    let mut rows = Vec::new();
    let mut failed = 0;
    for step in STEPS {
        ui::begin(step.name);
        let start = Instant::now();
        let result = (step.run)(workspace);
        if let Err(error) = &result {
            failed += 1;
            ui::failure(&format!("{error:#}"));
        }
        rows.push(row(step.name, result.err().as_ref(), start.elapsed()));
    }
    anstream::println!();
    ui::table(&rows);
    anstream::println!("{} passed, {failed} failed", STEPS.len() - failed);
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn row(name: &str, error: Option<&anyhow::Error>, took: Duration) -> Vec<String> {
    let mark = if error.is_none() {
        paint(GOOD, "✓")
    } else {
        paint(BAD, "✗")
    };
    let why = error.map(|error| format!("{error:#}")).unwrap_or_default();
    let why = why.lines().next().unwrap_or_default();
    let cells = [mark, name.to_owned(), ui::human(took), paint(FAINT, why)];
    cells.to_vec()
}
