//! `cargo xtask bench`: builds for release, then runs `crates/bench`. That crate has the heavy dependencies, so that
//! this one compiles in seconds.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use leptos_convex_tasks::process::{call, run, tool};
use leptos_convex_tasks::requirements::{Need, choose_chromium};
use leptos_convex_tasks::workspace::Workspace;
use leptos_convex_tasks::{setup, ui};

use crate::module::Module;

/// Options of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Measure the existing build
    #[arg(long)]
    no_build: bool,
    /// Arguments of the measuring program: `cargo xtask bench -- --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run_command(workspace: &Workspace, args: &BenchArgs) -> Result<ExitCode> {
    let has = |section: &str| args.rest.iter().any(|arg| arg == section);
    let (local_alone, lists_alone) = (has("local"), has("lists"));
    let need = if local_alone {
        Need::Backend
    } else {
        Need::Test
    };
    setup::ensure(workspace, need, None)?;
    if !args.no_build {
        ui::begin("Building for release");
        if lists_alone {
            build_page(workspace, "list", "target/bench/page/list")?;
        } else if !local_alone {
            run(&mut call(
                workspace,
                "cargo",
                &["leptos", "build", "--release"],
            ))?;
            build_pages(workspace)?;
        }
        let mut build = call(workspace, "cargo", &["build", "--release"]);
        run(build.args(["--package", "bench", "--package", "convex_local"]))?;
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

/// Builds the pages of `end2end/bench/page`: one with live queries, an empty one to compare its size with, and a list.
fn build_pages(workspace: &Workspace) -> Result<()> {
    for (features, out) in [
        ("", "target/bench/page/empty"),
        ("live", "target/bench/page/live"),
        ("list", "target/bench/page/list"),
    ] {
        build_page(workspace, features, out)?;
    }
    Ok(())
}

fn build_page(workspace: &Workspace, features: &str, out: &str) -> Result<()> {
    let page = Module {
        package: "bench_page",
        features,
        out,
        named: false,
    };
    page.build(workspace).map(drop)
}
