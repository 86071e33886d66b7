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

pub(crate) fn run_command(workspace: &Workspace, args: &BenchArgs) -> Result<ExitCode> {
    let local_alone = args.rest.iter().any(|arg| arg == "local");
    let need = if local_alone {
        Need::Backend
    } else {
        Need::Test
    };
    setup::ensure(workspace, need, None)?;
    if !args.no_build {
        ui::begin("Building for release");
        if !local_alone {
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

/// The pages of `end2end/bench/page`: one with live queries, and an empty one to compare its size with.
/// Built as `cargo leptos` builds the app's.
fn build_pages(workspace: &Workspace) -> Result<()> {
    const WASM: &str = "wasm32-unknown-unknown";
    for (page, features) in [("empty", ""), ("live", "live")] {
        let mut build = call(workspace, "cargo", &["build", "--package", "bench_page"]);
        build.args(["--features", features, "--target", WASM]);
        build.args(["--profile", "wasm-release", "--target-dir", "target/front"]);
        // As `always-erase-components` does.
        build.args(["--config", ERASED]);
        run(&mut build)?;
        let out = format!("target/bench/page/{page}");
        let built = format!("target/front/{WASM}/wasm-release/bench_page.wasm");
        run(&mut call(
            workspace,
            "wasm-bindgen",
            &[
                &built,
                "--target",
                "web",
                "--no-typescript",
                "--out-dir",
                &out,
            ],
        ))?;
        let module = format!("{out}/bench_page_bg.wasm");
        run(&mut call(
            workspace,
            "npx",
            &[
                "--no-install",
                "wasm-opt",
                "-O2",
                "--one-caller-inline-max-function-size=0",
                &module,
                "-o",
                &module,
            ],
        ))?;
    }
    Ok(())
}

const ERASED: &str = "target.wasm32-unknown-unknown.rustflags=['--cfg', 'erase_components']";
