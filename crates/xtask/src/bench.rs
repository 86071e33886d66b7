//! `cargo xtask bench`.
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use clap::Args;
use std::process::ExitCode;

/// Options of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {}

pub(crate) fn run(_: &mut Workspace, _: &BenchArgs) -> Result<ExitCode> {
    bail!("not here yet")
}
