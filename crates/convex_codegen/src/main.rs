//! `convex-codegen`: typed Rust handles for the functions of a Convex app.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use convex_codegen::{Generator, Source, rustfmt};

/// Write typed Rust handles for the functions of a Convex app.
///
/// Types come from the functions' validators, doc comments from the sources. The generated code needs the
/// crates leptos_convex and serde, and serde_bytes where a validator has v.bytes().
#[derive(Debug, Parser)]
#[command(
    name = "convex-codegen",
    version,
    after_help = "Examples:\n  \
        convex-codegen --out src/api.rs                       ./convex, loaded by convex-local\n  \
        convex-codegen --deployment --out src/api.rs          the deployment of .env.local\n  \
        convex-codegen --deployment --out src/api.rs -- --prod\n  \
        convex-codegen --spec spec.json --out src/api.rs --check"
)]
struct Arguments {
    /// The folder with the functions, for their types (unless another source is given) and their doc comments
    #[arg(long, default_value = "convex", value_name = "DIR")]
    convex_dir: PathBuf,
    /// Read the function spec from a file, as `npx convex function-spec` prints it
    #[arg(long, value_name = "FILE", conflicts_with = "deployment")]
    spec: Option<PathBuf>,
    /// Ask a running backend, through `npx convex function-spec`
    #[arg(long)]
    deployment: bool,
    /// The program that loads the folder
    #[arg(long, default_value = "convex-local", value_name = "PROGRAM")]
    local_backend: PathBuf,
    /// The file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Change nothing; fail if the file is out of date
    #[arg(long, requires = "out")]
    check: bool,
    /// Arguments for `npx convex function-spec`
    #[arg(last = true, requires = "deployment")]
    rest: Vec<String>,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let source = match arguments.spec {
        Some(file) => Source::File(file),
        None if arguments.deployment => Source::Deployment(arguments.rest),
        None if !arguments.convex_dir.is_dir() => bail!(
            "there is no folder `{}`: name one with --convex-dir, or use --deployment or --spec",
            arguments.convex_dir.display()
        ),
        None => Source::Folder {
            convex_dir: arguments.convex_dir.clone(),
            program: arguments.local_backend,
        },
    };
    let generator = Generator::new(source.read()?).docs_from(&arguments.convex_dir);
    let fresh = rustfmt(&generator.source()?)?;
    match arguments.out {
        None => print!("{fresh}"),
        Some(out) if arguments.check => check(&out, &fresh)?,
        Some(out) => write(&out, &fresh)?,
    }
    Ok(())
}

fn check(out: &Path, fresh: &str) -> Result<()> {
    let current = std::fs::read_to_string(out).unwrap_or_default();
    if current != fresh {
        bail!(
            "{} is stale: run convex-codegen without --check",
            out.display()
        );
    }
    Ok(())
}

/// Writes the file only if it changed, so that a watching build does not start.
fn write(out: &Path, fresh: &str) -> Result<()> {
    if std::fs::read_to_string(out).is_ok_and(|current| current == fresh) {
        return Ok(());
    }
    std::fs::write(out, fresh).with_context(|| format!("cannot write {}", out.display()))
}
