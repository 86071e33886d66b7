//! `cargo xtask dev`: set-up, generated code, then `cargo leptos watch` until it is stopped.

mod changes;
mod reload;

use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use self::changes::Snapshot;
use self::reload::Shown;
use crate::codegen::{self, BuildWith};
use crate::process::{call, shown};
use crate::requirements::Need;
use crate::setup::Beside;
use crate::workspace::Workspace;
use crate::{setup, ui};

/// Options of `cargo xtask dev`.
#[derive(Debug, Args)]
pub struct DevArgs {
    /// Do not update app/src/api.rs and convex/_generated
    #[arg(long)]
    no_codegen: bool,
    /// Do not patch open pages while an edited view is compiled
    #[arg(long)]
    no_hot_reload: bool,
    /// Arguments for `cargo leptos watch`, for example `--release` or `-- --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

impl DevArgs {
    /// Returns the arguments for `cargo leptos watch`.
    fn of_watch(&self) -> Vec<&str> {
        const HOT_RELOAD: &str = "--hot-reload";
        // A release build has no marks around its views.
        let hot = !self.no_hot_reload && !self.is_release() && !self.has(&[HOT_RELOAD]);
        let own = self.rest.iter().map(String::as_str);
        hot.then_some(HOT_RELOAD).into_iter().chain(own).collect()
    }

    fn is_release(&self) -> bool {
        self.has(&["--release", "-r"])
    }

    fn has(&self, wanted: &[&str]) -> bool {
        let own = self.rest.iter().map(String::as_str);
        let mut options = own.take_while(|argument| *argument != "--");
        options.any(|option| wanted.contains(&option))
    }
}

/// Whether `cargo leptos` adds hashes to the names of generated files. It does so only in its first build. Without
/// hashes, that build compiles both halves at the same time.
const HASH_FILES: &str = "LEPTOS_HASH_FILES";

/// Runs the command until `cargo leptos watch` ends.
///
/// # Errors
/// When something is missing, or it cannot be started.
pub fn run(workspace: &Workspace, args: &DevArgs) -> Result<ExitCode> {
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
    watch.args(args.of_watch());
    if !args.is_release() && std::env::var_os(HASH_FILES).is_none() {
        watch.env(HASH_FILES, "false");
    }
    ui::command(&shown(&watch));
    let mut child = watch.spawn().context("cannot start cargo leptos")?;
    pass_signals_on(&child)?;
    supervise(workspace, &mut child, !args.no_codegen)
}

/// Generates code. If `convex/` does not compile, the app starts all the same: the last generated file matches the last
/// good functions, and the backend reports the error.
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
    if !has_deployment(workspace) {
        ui::note("CONVEX_URL is not set: the embedded backend keeps its data in .convex-local/.");
    }
}

/// Returns whether `CONVEX_URL` is set, in the environment or in `.env.local`. An empty value counts as unset.
fn has_deployment(workspace: &Workspace) -> bool {
    const URL: &str = "CONVEX_URL";
    let file = workspace.read(".env.local").unwrap_or_default();
    let written = env_file::parse(&file).get(URL).map(str::to_owned);
    let value = std::env::var(URL).ok().or(written);
    value.is_some_and(|value| !value.trim().is_empty())
}

/// Passes signals on to the child. Ctrl-C reaches all processes of the terminal, but `kill` or a closed terminal may
/// reach only this one.
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

/// The folders from which pages are built.
const SOURCES: &[&str] = &["app", "frontend", "server", "crates", "style", "public"];

/// How often the folders are checked.
const LOOK: Duration = Duration::from_millis(200);

/// How long functions must stay unchanged before the typed handles are generated. In the meantime the app's backend
/// loads them, and what it has bundled does not have to be bundled again.
const SETTLED: Duration = Duration::from_secs(1);

/// Waits for the child. Until it ends, prints how long changes take, and regenerates the typed handles when a function
/// changes.
fn supervise(workspace: &Workspace, child: &mut Child, generate: bool) -> Result<ExitCode> {
    let sources: Vec<PathBuf> = SOURCES.iter().map(|dir| workspace.path(dir)).collect();
    let functions = [workspace.path("convex")];
    let (mut seen, mut generated) = (Snapshot::of(&sources), Snapshot::of(&functions));
    let reloads = reload::listen(reload_port(workspace));
    // The last saved file that is not on the page yet.
    let mut waiting = None;
    let mut functions_seen = generated.clone();
    let mut functions_changed = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(match status.code() {
                Some(0) | None => ExitCode::SUCCESS,
                Some(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
            });
        }
        let reloaded = reloads.recv_timeout(LOOK);
        let now = Snapshot::of(&sources);
        waiting = now.since(&seen).last().cloned().or(waiting);
        seen = now;
        match reloaded {
            Ok(Shown::Patched(at)) => {
                if let Some((file, saved)) = &waiting {
                    ui::note(&patched(workspace, file, *saved, at));
                }
            }
            Ok(Shown::Reloaded(at)) => {
                if let Some((file, saved)) = waiting.take() {
                    ui::note(&on_the_page(workspace, &file, saved, at));
                }
            }
            Err(_) => {}
        }
        if matches!(reloaded, Err(RecvTimeoutError::Disconnected)) {
            std::thread::sleep(LOOK);
        }
        let now = Snapshot::of(&functions);
        if now != functions_seen {
            functions_seen = now;
            functions_changed = Instant::now();
        }
        let changes = functions_seen.since(&generated);
        if generate && !changes.is_empty() && functions_changed.elapsed() >= SETTLED {
            generated = functions_seen.clone();
            regenerate(workspace, &functions, &generated, changes.came_or_went);
        }
    }
}

/// Updates generated code. An error is not reported if files have changed meanwhile, because the next check repeats the
/// update.
fn regenerate(
    workspace: &Workspace,
    functions: &[PathBuf],
    seen: &Snapshot,
    files_came_or_went: bool,
) {
    let start = Instant::now();
    let is_settled = || Snapshot::of(functions) == *seen;
    match codegen::refresh(workspace, BuildWith::Nothing) {
        Ok(true) => ui::done(
            "convex/ changed: app/src/api.rs generated again",
            start.elapsed(),
        ),
        Ok(false) => {}
        Err(error) if is_settled() => {
            ui::caution(&format!("app/src/api.rs left as it was: {error:#}"));
        }
        Err(_) => return,
    }
    // This takes seconds, and the app's build does not wait for it.
    if files_came_or_went
        && let Err(error) = codegen::refresh_types(workspace)
        && is_settled()
    {
        ui::caution(&format!("{error:#}"));
    }
}

/// Returns `app/src/pages/landing.rs is patched into open pages, 0.1 s after it was saved`.
fn patched(workspace: &Workspace, file: &Path, saved: SystemTime, at: SystemTime) -> String {
    after_saving(workspace, file, "is patched into open pages", (saved, at))
}

/// Returns `app/src/pages/landing.rs is on the page, 4.8 s after it was saved`.
fn on_the_page(workspace: &Workspace, file: &Path, saved: SystemTime, at: SystemTime) -> String {
    after_saving(workspace, file, "is on the page", (saved, at))
}

fn after_saving(
    workspace: &Workspace,
    file: &Path,
    event: &str,
    (saved, at): (SystemTime, SystemTime),
) -> String {
    let file = file.strip_prefix(workspace.root()).unwrap_or(file);
    // The time of a file may be in the future.
    let took = at.duration_since(saved).unwrap_or_default();
    format!(
        "{} {event}, {} after it was saved",
        file.display(),
        ui::human(took)
    )
}

/// Returns the port of `cargo leptos watch` for reload messages.
fn reload_port(workspace: &Workspace) -> u16 {
    const USUAL: u16 = 3001;
    let chosen = std::env::var("LEPTOS_RELOAD_PORT").ok();
    let manifest = workspace.read("Cargo.toml").unwrap_or_default();
    let written = manifest
        .lines()
        .find_map(|line| line.strip_prefix("reload-port = "));
    let port = chosen.as_deref().or(written);
    port.and_then(|port| port.trim().parse().ok())
        .unwrap_or(USUAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_long_a_change_took() {
        let workspace = Workspace::at(Path::new("/w"));
        let saved = SystemTime::now();
        let text = |file, at| on_the_page(&workspace, Path::new(file), saved, at);
        assert_eq!(
            text("/w/style/main.css", saved + Duration::from_millis(480)),
            "style/main.css is on the page, 0.5 s after it was saved"
        );
        let past = saved - Duration::from_secs(5);
        assert!(text("/w/app/src/lib.rs", past).contains("0.0 s"));
    }

    #[test]
    fn views_are_patched_unless_the_build_or_the_developer_refuses() {
        let watch = |no_hot_reload, rest: &[&str]| {
            let args = DevArgs {
                no_codegen: false,
                no_hot_reload,
                rest: rest.iter().map(|text| (*text).to_owned()).collect(),
            };
            args.of_watch().join(" ")
        };
        assert_eq!(watch(false, &[]), "--hot-reload");
        assert_eq!(watch(false, &["-v", "--", "-r"]), "--hot-reload -v -- -r");
        assert_eq!(watch(false, &["--hot-reload"]), "--hot-reload");
        assert_eq!(watch(false, &["--release"]), "--release");
        assert_eq!(watch(true, &["-v"]), "-v");
    }

    #[test]
    fn the_port_is_that_of_the_manifest() {
        let workspace = Workspace::find().expect("this repository");
        assert_eq!(reload_port(&workspace), 3001);
    }
}
