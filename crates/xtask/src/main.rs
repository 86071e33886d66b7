//! The project's chores: `cargo xtask dev | test | check | bench | size | dist | doctor | setup | codegen`.
//!
//! # Layout
//! - [`workspace`]: where the checkout is and which versions it pins
//! - [`requirements`]: every tool the project needs, one file a topic: how to see it, how to get it
//! - [`doctor`] shows that list, [`setup`] works through it
//! - [`dev`]: set-up, code generation, `cargo leptos watch`
//! - [`gate`]: what a change must pass (`test`, and its fast part `check`)
//! - [`size`]: what each page loads, and the budget for it
//! - [`module`]: WebAssembly modules for measuring
//! - [`dist`]: the archive for a server
//! - [`codegen`]: typed handles for the functions in `convex/`
//! - [`progress`]: several of set-up's programs at once
//! - [`download`]: files from the web
//! - [`served`]: the built server, asked as a browser would
//! - [`process`], [`ui`]: starting children and talking to the person in front of the terminal
//!
//! It knows commands, never the code they build, so that it compiles in seconds.

mod bench;
mod codegen;
mod dev;
mod dist;
mod doctor;
mod download;
mod gate;
mod metadata;
mod module;
mod process;
mod progress;
mod requirements;
mod served;
mod setup;
mod size;
mod ui;
mod version;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

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
    /// Set up what is missing, build, and serve http://localhost:3000, rebuilding on every change
    Dev(dev::DevArgs),
    /// Run the whole gate: formatting, lints, docs, Rust, TypeScript and browser tests
    Test(gate::GateArgs),
    /// Run the fast part of the gate: formatting, lints, types, generated code
    Check(gate::GateArgs),
    /// Build for release and measure speed, memory, size and live-update latency
    Bench(bench::BenchArgs),
    /// Build for release and say how many bytes each page loads; fail when they are over the budget
    Size(size::SizeArgs),
    /// Make an archive with everything a server needs to run the app
    Dist(dist::DistArgs),
    /// Say what is present, missing or of the wrong version, and how to mend it
    Doctor(doctor::DoctorArgs),
    /// Install what `doctor` finds missing
    Setup(setup::SetupArgs),
    /// Write app/src/api.rs from the functions in convex/
    Codegen(codegen::CodegenArgs),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            ui::failure(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match cli.command {
        Command::Dev(args) => dev::run(&workspace, &args),
        Command::Test(args) => gate::run(&workspace, &args, gate::Extent::Everything),
        Command::Check(args) => gate::run(&workspace, &args, gate::Extent::Fast),
        Command::Bench(args) => bench::run_command(&workspace, &args),
        Command::Size(args) => size::run_command(&workspace, &args),
        Command::Dist(args) => dist::run_command(&workspace, &args),
        Command::Doctor(args) => doctor::run(&workspace, &args),
        Command::Setup(args) => setup::run(&workspace, &args),
        Command::Codegen(args) => codegen::run_command(&workspace, &args),
    }
}
