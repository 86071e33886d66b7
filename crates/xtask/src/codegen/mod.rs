//! `cargo xtask codegen`.
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use clap::Args;
use std::process::ExitCode;

/// Options of `cargo xtask codegen`.
#[derive(Debug, Args)]
pub(crate) struct CodegenArgs {
    /// Change nothing; fail when app/src/api.rs is stale
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(_: &Workspace, _: &CodegenArgs) -> Result<ExitCode> {
    bail!("not here yet")
}

/// Which packages' features the local backend is compiled with, so that its dependencies are shared
/// with what is built next to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BuildWith {
    /// As `cargo leptos` builds the server.
    Server,
    /// As `cargo test` builds the workspace.
    DefaultMembers,
    /// Not at all: it has been built before.
    Nothing,
}

pub(crate) fn refresh(_: &Workspace, _: BuildWith) -> Result<bool> {
    bail!("not here yet")
}

pub(crate) fn assert_fresh(_: &Workspace, _: BuildWith) -> Result<()> {
    bail!("not here yet")
}
