//! The gate: all checks for a change, `cargo xtask test`, and the fast ones, `cargo xtask check`.
//!
//! Every step runs even if an earlier one failed, unless it needs the output of that step. The summary and the last
//! line include every step.

mod again;
mod copy;
mod dependencies;
mod deploy;
mod how_tos;
mod leave_out;
mod packages;
mod rules;
mod steps;
mod stream;
mod tally;
mod template;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use leptos_convex_tasks::requirements::Need;
use leptos_convex_tasks::ui::{BAD, CAUTION, FAINT, GOOD, paint};
use leptos_convex_tasks::workspace::Workspace;
use leptos_convex_tasks::{setup, ui};

use self::steps::{STEPS, Step};
use self::tally::Tally;

/// Options of `cargo xtask test` and `cargo xtask check`.
#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// Run only these steps or groups (`rust`, `js`, `e2e`); see --list
    #[arg(long, value_delimiter = ',', value_name = "STEP", value_parser = steps::names())]
    only: Vec<String>,
    /// Leave these steps or groups out
    #[arg(long, value_delimiter = ',', value_name = "STEP", value_parser = steps::names())]
    skip: Vec<String>,
    /// List the steps and their groups, run nothing
    #[arg(long)]
    list: bool,
    /// Do not look for missing tools first
    #[arg(long)]
    no_setup: bool,
}

/// Which steps to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    Everything,
    Fast,
}

/// The result of a step.
#[derive(Debug)]
enum Outcome {
    Passed(Tally, Duration),
    Failed(Tally, Duration, String),
    /// It needs the output of a failed step.
    NotRun(&'static str),
}

/// Runs the steps. Fails when one of them failed or could not run.
pub(crate) fn run(workspace: &Workspace, args: &GateArgs, extent: Extent) -> Result<ExitCode> {
    let chosen: Vec<&Step> = STEPS
        .iter()
        .filter(|step| is_chosen(step, args, extent))
        .collect();
    if args.list {
        ui::table(&chosen.iter().map(|step| step.row()).collect::<Vec<_>>());
        return Ok(ExitCode::SUCCESS);
    }
    let start = Instant::now();
    if !args.no_setup {
        let need = match extent {
            Extent::Fast => Need::Build,
            Extent::Everything => Need::Test,
        };
        setup::ensure(workspace, need, None)?;
    }
    let mut broken = BTreeSet::new();
    let mut results = Vec::new();
    for step in chosen {
        let outcome = match step.after.filter(|id| broken.contains(id)) {
            Some(missing) => Outcome::NotRun(missing),
            None => perform(workspace, step),
        };
        if !matches!(outcome, Outcome::Passed(..)) {
            broken.insert(step.id);
        }
        results.push((step, outcome));
    }
    Ok(conclude(&results, start.elapsed()))
}

fn is_chosen(step: &Step, args: &GateArgs, extent: Extent) -> bool {
    let named = |names: &[String]| {
        names
            .iter()
            .any(|name| name == step.id || name == step.group)
    };
    let wanted = if args.only.is_empty() {
        !step.on_request && (step.fast || extent == Extent::Everything)
    } else if step.on_request {
        args.only.iter().any(|name| name == step.id)
    } else {
        named(&args.only)
    };
    wanted && !named(&args.skip)
}

fn perform(workspace: &Workspace, step: &Step) -> Outcome {
    ui::begin(step.title);
    let start = Instant::now();
    let mut tally = Tally::default();
    let result = (step.run)(workspace, &mut tally);
    let took = start.elapsed();
    match result {
        Ok(()) if step.counts && tally.passed == 0 => {
            tally.failed = tally.failed.max(1);
            Outcome::Failed(tally, took, "ran no tests".to_owned())
        }
        // A runner may exit with success although it reported failures.
        Ok(()) if tally.failed == 0 => {
            if !step.counts {
                tally.passed = 1;
            }
            ui::done(step.id, took);
            Outcome::Passed(tally, took)
        }
        Ok(()) => Outcome::Failed(tally, took, "reported failures".to_owned()),
        Err(error) => {
            // A failure before the tests ran (a compile error, a crash) counts as one.
            tally.failed = tally.failed.max(1);
            ui::failure(&format!("{}: {error:#}", step.id));
            Outcome::Failed(tally, took, format!("{error:#}"))
        }
    }
}

/// Prints the summary table and the last line.
fn conclude(results: &[(&Step, Outcome)], took: Duration) -> ExitCode {
    let mut total = Tally::default();
    let mut not_run = 0;
    anstream::println!();
    ui::table(
        &results
            .iter()
            .map(|(step, outcome)| row(step, outcome))
            .collect::<Vec<_>>(),
    );
    for (_, outcome) in results {
        match outcome {
            Outcome::Passed(tally, _) | Outcome::Failed(tally, _, _) => total.add(tally),
            Outcome::NotRun(_) => not_run += 1,
        }
    }
    anstream::println!("\n  in {}", ui::human(took));
    let mut line = format!("{} passed, {} failed", total.passed, total.failed);
    for (count, word) in [
        (total.skipped, "skipped"),
        (total.flaky, "flaky"),
        (not_run, "steps not run"),
    ] {
        if count > 0 {
            line.push_str(&format!(", {count} {word}"));
        }
    }
    println!("{line}");
    if total.failed == 0 && not_run == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn row(step: &Step, outcome: &Outcome) -> Vec<String> {
    let (mark, took, text) = match outcome {
        Outcome::Passed(tally, took) => {
            (paint(GOOD, "✓"), ui::human(*took), tally.text(step.counts))
        }
        Outcome::Failed(tally, took, why) => {
            let why = why.lines().next().unwrap_or_default();
            (
                paint(BAD, "✗"),
                ui::human(*took),
                format!("{}  {}", tally.text(step.counts), paint(FAINT, why)),
            )
        }
        Outcome::NotRun(missing) => (
            paint(CAUTION, "–"),
            String::new(),
            format!("not run: needs {missing}"),
        ),
    };
    vec![mark, step.id.to_owned(), took, text.trim().to_owned()]
}
