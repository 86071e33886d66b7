//! `cargo xtask bench`: builds for release, then lets `crates/bench` measure. That crate has the heavy
//! dependencies, so that this one compiles in seconds.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::process::{call, run, tool};
use crate::requirements::{Need, choose_chromium};
use crate::workspace::Workspace;
use crate::{setup, ui};

/// Options of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Measure what is built already
    #[arg(long)]
    no_build: bool,
    /// Passed on to the measuring program: `cargo xtask bench -- --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run_command(workspace: &mut Workspace, args: &BenchArgs) -> Result<ExitCode> {
    setup::ensure(workspace, &[Need::Build, Need::Test])?;
    if !args.no_build {
        ui::begin("Building for release");
        run(&mut call(
            workspace,
            "cargo",
            &["leptos", "build", "--release"],
        ))?;
        run(&mut call(
            workspace,
            "cargo",
            &["build", "--release", "--package", "bench"],
        ))?;
    }
    ui::begin("Measuring (leave the machine alone meanwhile)");
    let program = workspace.path("target/release/bench");
    let mut measure = tool(workspace, &program.to_string_lossy());
    choose_chromium(workspace, &mut measure);
    let status = measure.args(&args.rest).status()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
