#![doc = include_str!("../README.md")]
//!
//! # Layout
//! - [`workspace`]: the checkout and the versions it pins
//! - [`requirements`]: every tool that is needed, how to detect it and how to install it
//! - [`doctor`] prints that list, [`setup`] works through it
//! - [`dev`]: set-up, code generation, `cargo leptos watch`
//! - [`codegen`]: typed handles for the functions in `convex/`
//! - [`mod@test`]: the checks for a change of an app
//! - [`progress`]: the output of several programs that run at once
//! - [`download`]: files from the web
//! - [`process`], [`ui`]: child processes, and output for the person at the terminal
//!
//! It depends on none of the code that its commands build, so it compiles in seconds.

pub mod codegen;
pub mod dev;
pub mod doctor;
pub mod download;
pub mod process;
pub mod progress;
pub mod requirements;
pub mod setup;
pub mod test;
pub mod ui;
pub mod version;
pub mod workspace;

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
    command: Everything,
}

#[derive(Debug, Subcommand)]
enum Everything {
    #[command(flatten)]
    Command(Command),
    /// Run the tests: formatting, lints, types, functions, Rust tests
    Test(test::TestArgs),
}

/// The commands that a project may combine with its own.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up what is missing, build, and serve http://localhost:3000, rebuilding on every change
    Dev(dev::DevArgs),
    /// List what is present, missing or of the wrong version, and how to fix it
    Doctor(doctor::DoctorArgs),
    /// Install what `doctor` finds missing
    Setup(setup::SetupArgs),
    /// Write app/src/api.rs from the functions in convex/
    Codegen(codegen::CodegenArgs),
}

impl Command {
    /// Runs it.
    ///
    /// # Errors
    /// When it fails, with what to do about it.
    pub fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        match self {
            Self::Dev(args) => dev::run(workspace, args),
            Self::Doctor(args) => doctor::run(workspace, args),
            Self::Setup(args) => setup::run(workspace, args),
            Self::Codegen(args) => codegen::run_command(workspace, args),
        }
    }
}

/// Runs the command that the program's arguments name. This is all an app's `xtask` does.
#[must_use]
pub fn main() -> ExitCode {
    exit(run(&Cli::parse().command))
}

/// Returns the exit code of a command and prints its error.
#[must_use]
pub fn exit(result: Result<ExitCode>) -> ExitCode {
    result.unwrap_or_else(|error| {
        ui::failure(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

fn run(command: &Everything) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match command {
        Everything::Command(command) => command.run(&workspace),
        Everything::Test(args) => test::run(&workspace, args),
    }
}
