//! The project's chores: `cargo xtask dev | test | check | bench | size | dist | template | doctor | setup | codegen`.
//!
//! # Layout
//! - `leptos_convex_tasks`: the commands that every app has, `dev`, `doctor`, `setup` and `codegen`
//! - [`gate`]: the checks for a change (`test`, and the fast ones, `check`)
//! - [`size`]: the files that each page loads, and the budget for them
//! - [`module`]: WebAssembly modules for measuring
//! - [`dist`]: the archive for a server
//! - [`template`]: the template for new apps, made from this one
//! - [`parts`]: the optional parts of the app
//! - [`served`]: the running server, and requests to it as from a browser
//!
//! It depends on none of the code that its commands build, so it compiles in seconds.

mod bench;
mod dist;
mod gate;
mod metadata;
mod module;
mod parts;
mod served;
mod size;
mod template;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use leptos_convex_tasks::exit;
use leptos_convex_tasks::workspace::Workspace;

/// Chores of this project. Start with `cargo xtask dev`.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    version,
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    OfEveryApp(leptos_convex_tasks::Command),
    /// Run the whole gate: formatting, lints, docs, Rust, TypeScript and browser tests
    Test(gate::GateArgs),
    /// Run the fast part of the gate: formatting, lints, types, generated code
    Check(gate::GateArgs),
    /// Build for release and measure speed, memory, size and live-update latency
    Bench(bench::BenchArgs),
    /// Build for release and list the bytes that each page loads; fail if they exceed the budget
    Size(size::SizeArgs),
    /// Make an archive with everything a server needs to run the app
    Dist(dist::DistArgs),
    /// Make the template for `cargo leptos new` and `cargo generate`
    Template(template::TemplateArgs),
}

fn main() -> ExitCode {
    exit(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match cli.command {
        Command::OfEveryApp(command) => command.run(&workspace),
        Command::Test(args) => gate::run(&workspace, &args, gate::Extent::Everything),
        Command::Check(args) => gate::run(&workspace, &args, gate::Extent::Fast),
        Command::Bench(args) => bench::run_command(&workspace, &args),
        Command::Size(args) => size::run_command(&workspace, &args),
        Command::Dist(args) => dist::run_command(&workspace, &args),
        Command::Template(args) => template::run_command(&workspace, &args),
    }
}
