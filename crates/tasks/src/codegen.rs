//! Generated code: `app/src/api.rs` with typed handles for the functions in `convex/`, and `convex/_generated` with
//! their TypeScript types.
//!
//! The crate `convex_codegen` generates the handles. This module knows the paths of the checkout.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use convex_codegen::{Generator, rustfmt_with};

use crate::process::{call, output, run, tool};
use crate::progress::Task;
use crate::ui;
use crate::workspace::Workspace;

/// The file of the typed handles.
const TARGET: &str = "app/src/api.rs";

/// The folder of the functions.
const FUNCTIONS: &str = "convex";

/// Options of `cargo xtask codegen`.
#[derive(Debug, Args)]
pub struct CodegenArgs {
    /// Change nothing; fail when app/src/api.rs is stale
    #[arg(long)]
    check: bool,
    /// Read the function spec from a file (as `npx convex function-spec` prints it) instead of asking
    /// the local backend
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
}

/// The features with which the local backend is compiled, so that it shares compiled dependencies with what is built
/// next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildWith {
    /// Those with which `cargo leptos` builds the server.
    Server,
    /// Those with which `cargo test` builds the workspace.
    DefaultMembers,
    /// It has been built before.
    Nothing,
}

/// Runs the command.
///
/// # Errors
/// When the functions cannot be read, or with `--check` the file is stale.
pub fn run_command(workspace: &Workspace, args: &CodegenArgs) -> Result<ExitCode> {
    let spec = match &args.spec {
        Some(file) => std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?,
        None => ask_backend(workspace, BuildWith::Server)?,
    };
    let fresh = generate(workspace, &spec, Path::new(FUNCTIONS))?;
    if args.check {
        compare(workspace, &fresh)?;
        ui::note(&format!("{TARGET} is up to date"));
        return Ok(ExitCode::SUCCESS);
    }
    if write(workspace, &fresh)? {
        ui::note(&format!("{TARGET} written"));
    } else {
        ui::note(&format!("{TARGET} was up to date"));
    }
    if args.spec.is_none() {
        refresh_types(workspace)?;
        ui::note("convex/_generated is up to date");
    }
    Ok(ExitCode::SUCCESS)
}

/// Updates `convex/_generated`, with a backend that is already built. It changes when a file with functions or a
/// component is added or removed, and with the functions of a component.
///
/// # Errors
/// When the functions do not load, with the reason.
pub fn refresh_types(workspace: &Workspace) -> Result<()> {
    let program = build_backend(workspace, BuildWith::Nothing)?;
    run_backend(workspace, &program, "codegen", Path::new(FUNCTIONS))
        .context("convex/_generated cannot be written")?;
    Ok(())
}

/// Updates the handles and the types in a copy of the app, which has its own functions.
///
/// # Errors
/// When the functions of the copy do not load, with the reason.
pub fn refresh_copy(workspace: &Workspace, copy: &Path, build: BuildWith) -> Result<()> {
    let program = build_backend(workspace, build)?;
    let functions = copy.join(FUNCTIONS);
    let spec = spec_of(workspace, &program, &functions)?;
    let fresh = generate(workspace, &spec, &functions)?;
    std::fs::write(copy.join(TARGET), fresh)
        .with_context(|| format!("cannot write {TARGET} of the copy"))?;
    run_backend(workspace, &program, "codegen", &functions)
        .context("convex/_generated of the copy cannot be written")?;
    Ok(())
}

/// Updates the file of the typed handles and returns whether it changed.
///
/// # Errors
/// When the functions cannot be read, with the reason. The file is then unchanged.
pub fn refresh(workspace: &Workspace, build: BuildWith) -> Result<bool> {
    let spec = ask_backend(workspace, build)?;
    write(
        workspace,
        &generate(workspace, &spec, Path::new(FUNCTIONS))?,
    )
}

/// Checks that the file of the typed handles is up to date.
///
/// # Errors
/// When it is not.
pub fn assert_fresh(workspace: &Workspace, build: BuildWith) -> Result<()> {
    compare(
        workspace,
        &generate(
            workspace,
            &ask_backend(workspace, build)?,
            Path::new(FUNCTIONS),
        )?,
    )
}

fn compare(workspace: &Workspace, fresh: &str) -> Result<()> {
    let current = workspace.read(TARGET).unwrap_or_default();
    if current == fresh {
        return Ok(());
    }
    let line = current
        .lines()
        .zip(fresh.lines())
        .take_while(|(a, b)| a == b)
        .count()
        + 1;
    bail!("{TARGET} is stale from line {line} on: run `cargo xtask codegen` and commit it")
}

/// Writes the file only if its contents change, because a build that watches it would start otherwise.
fn write(workspace: &Workspace, fresh: &str) -> Result<bool> {
    if workspace.read(TARGET).is_ok_and(|current| current == fresh) {
        return Ok(false);
    }
    let path = workspace.path(TARGET);
    std::fs::write(&path, fresh).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(true)
}

fn generate(workspace: &Workspace, spec: &str, functions: &Path) -> Result<String> {
    let generator = Generator::new(spec)
        .docs_from(workspace.root().join(functions))
        .written_by("cargo xtask codegen");
    let mut rustfmt = tool(workspace, "rustfmt");
    let layout = rustfmt.args(["--edition", "2024"]);
    Ok(rustfmt_with(layout, &generator.source()?)?)
}

/// Builds the local backend with the same flags as `cargo leptos` builds the server, at low priority.
///
/// # Errors
/// When it does not build.
pub fn build_backend_beside(workspace: &Workspace, task: &Task<'_>) -> Result<()> {
    let mut cargo = call(workspace, "nice", &["-n", "10", "cargo", "build"]);
    cargo.args(AS_SERVER);
    cargo.args(erased(host(workspace).as_deref()));
    task.run(&mut cargo)
}

/// The packages to build together, so that the dependencies which server and local backend share are compiled once.
pub const AS_SERVER: &[&str] = &[
    "-p",
    "server",
    "-p",
    "convex_local",
    "--bin",
    "convex-local",
];

/// Returns the flags for `cargo leptos` in development, which erases the types of views. With other flags, cargo would
/// compile all dependencies again.
pub fn erased(target: Option<&str>) -> Vec<String> {
    // If `RUSTFLAGS` is set, cargo ignores this.
    target.map_or_else(Vec::new, |target| {
        let flags = format!("target.{target}.rustflags=[\"--cfg\", \"erase_components\"]");
        vec!["--config".to_owned(), flags]
    })
}

/// Returns the default target of this machine's compiler.
pub fn host(workspace: &Workspace) -> Option<String> {
    let said = output(&mut call(workspace, "rustc", &["-vV"]))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
}

/// Builds the local backend if requested, and returns the path of the program.
///
/// # Errors
/// When it does not build.
pub fn build_backend(workspace: &Workspace, build: BuildWith) -> Result<PathBuf> {
    let mut cargo = call(workspace, "cargo", &["build"]);
    match build {
        BuildWith::Server => run(cargo
            .args(AS_SERVER)
            .args(erased(host(workspace).as_deref())))?,
        BuildWith::DefaultMembers => run(cargo.args(["--bin", "convex-local"]))?,
        BuildWith::Nothing => {}
    }
    Ok(target_dir(workspace).join("debug/convex-local"))
}

/// Reads the function spec from the local backend.
fn ask_backend(workspace: &Workspace, build: BuildWith) -> Result<String> {
    let program = build_backend(workspace, build)?;
    spec_of(workspace, &program, Path::new(FUNCTIONS))
}

fn spec_of(workspace: &Workspace, program: &Path, functions: &Path) -> Result<String> {
    let spec = run_backend(workspace, program, "function-spec", functions)
        .with_context(|| format!("the functions in {} cannot be read", functions.display()))?;
    String::from_utf8(spec).context("the function spec is not UTF-8")
}

/// Returns what a command of the local backend prints.
///
/// # Errors
/// When the command fails, with its output.
fn run_backend(
    workspace: &Workspace,
    program: &Path,
    command: &str,
    functions: &Path,
) -> Result<Vec<u8>> {
    // After a change, the app's own backend loads the same functions and should not be slowed down.
    let mut backend = tool(workspace, "nice");
    let output = backend
        .args(["-n", "10"])
        .arg(program)
        .args([command, "--convex-dir"])
        .arg(functions)
        .output()
        .context("cannot start the local backend (target/debug/convex-local)")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

fn target_dir(workspace: &Workspace) -> PathBuf {
    let chosen = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    chosen.map_or_else(
        || workspace.path("target"),
        |dir| workspace.root().join(dir),
    )
}
