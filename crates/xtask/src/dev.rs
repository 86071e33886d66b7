//! `cargo xtask dev`: set-up, generated code, then `cargo leptos watch` until it is stopped.

use std::path::Path;
use std::process::{Child, ExitCode};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::codegen::{self, BuildWith};
use crate::process::{call, shown};
use crate::requirements::Need;
use crate::setup::Beside;
use crate::workspace::Workspace;
use crate::{setup, ui};

/// Options of `cargo xtask dev`.
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    /// Leave app/src/api.rs and convex/_generated as they are, whatever convex/ says
    #[arg(long)]
    no_codegen: bool,
    /// Passed on to `cargo leptos watch`, for example `--release` or `-- --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &DevArgs) -> Result<ExitCode> {
    let dependencies = Beside {
        name: "the app's dependencies",
        run: |workspace, task| codegen::build_backend_beside(workspace, task),
    };
    setup::ensure(workspace, Need::Build, Some(dependencies))?;
    if !args.no_codegen {
        generate(workspace);
    }
    announce(workspace);
    let mut watch = call(workspace, "cargo", &["leptos", "watch"]);
    watch.args(&args.rest);
    ui::command(&shown(&watch));
    let mut child = watch.spawn().context("cannot start cargo leptos")?;
    pass_signals_on(&child)?;
    supervise(workspace, &mut child, !args.no_codegen)
}

/// A `convex/` that does not compile must not keep the app from starting: the file of the last good
/// run still fits the last good functions, and the backend itself says what is wrong.
fn generate(workspace: &Workspace) {
    ui::begin("Reading the functions in convex/ (the first run compiles the local backend)");
    match codegen::refresh(workspace, BuildWith::Server) {
        Ok(true) => ui::note("app/src/api.rs brought up to date"),
        Ok(false) => ui::note("app/src/api.rs is up to date"),
        Err(error) => ui::caution(&format!("app/src/api.rs left as it was: {error:#}")),
    }
}

fn announce(workspace: &Workspace) {
    let address = std::env::var("LEPTOS_SITE_ADDR").unwrap_or_else(|_| "localhost:3000".to_owned());
    ui::begin(&format!(
        "Building, then serving http://{address} (Ctrl-C stops it)"
    ));
    ui::note(
        "The first build compiles every dependency twice, for server and browser: minutes, once.",
    );
    let deployment = workspace.read(".env.local").is_ok_and(|text| {
        text.lines()
            .any(|line| line.trim_start().starts_with("CONVEX_URL="))
    });
    if !deployment && std::env::var_os("CONVEX_URL").is_none() {
        ui::note("CONVEX_URL is not set: the embedded backend keeps its data in .convex-local/.");
    }
}

/// Ctrl-C reaches the whole group of processes from the terminal; whoever stops us alone (`kill`, a
/// closed terminal) means the server too.
fn pass_signals_on(child: &Child) -> Result<()> {
    let pid = child.id().to_string();
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot watch for signals")?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if signal != SIGINT {
                let _ = std::process::Command::new("kill")
                    .args(["-INT", &pid])
                    .status();
            }
        }
    });
    Ok(())
}

/// Waits for the child and meanwhile regenerates the typed handles when a function changes.
fn supervise(workspace: &Workspace, child: &mut Child, generate: bool) -> Result<ExitCode> {
    let functions = workspace.path("convex");
    let mut seen = newest_change(&functions);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(match status.code() {
                Some(0) | None => ExitCode::SUCCESS,
                Some(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
            });
        }
        std::thread::sleep(Duration::from_millis(500));
        let now = newest_change(&functions);
        if generate && now != seen {
            let files_came_or_went = now.0 != seen.0;
            seen = now;
            match codegen::refresh(workspace, BuildWith::Nothing) {
                Ok(true) => ui::note("convex/ changed: app/src/api.rs written anew"),
                Ok(false) => {}
                Err(error) => ui::caution(&format!("app/src/api.rs left as it was: {error:#}")),
            }
            // Takes seconds, and the app's build does not wait for it.
            if files_came_or_went && let Err(error) = codegen::refresh_types(workspace) {
                ui::caution(&format!("{error:#}"));
            }
        }
    }
}

/// The time of the newest change to a source file below a folder, and how many there are.
fn newest_change(dir: &Path) -> (usize, Option<SystemTime>) {
    let mut seen = (0, None);
    let Ok(entries) = std::fs::read_dir(dir) else {
        return seen;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let (count, newest) = if path.is_dir() {
            // Written by the Convex CLI from the sources we look at.
            if path.ends_with("_generated") || path.ends_with("node_modules") {
                continue;
            }
            newest_change(&path)
        } else {
            (1, entry.metadata().and_then(|data| data.modified()).ok())
        };
        seen = (seen.0 + count, seen.1.max(newest));
    }
    seen
}
