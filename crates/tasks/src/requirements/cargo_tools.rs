//! The programs `cargo-leptos` and `wasm-bindgen`.
//!
//! They are installed from a release of the tool's own project, otherwise with `cargo binstall` if it is there,
//! otherwise from source.

use std::time::Duration;

use anyhow::{Context, Result};

use super::released::{self, Released};
use super::{Install, Lane, Need, Requirement, State};
use crate::process::{call, cargo_bin, find, output, tool};
use crate::progress::Task;
use crate::ui;
use crate::version::Version;
use crate::workspace::Workspace;

pub(super) const CARGO_LEPTOS: Requirement = Requirement {
    name: "cargo-leptos",
    need: Need::Build,
    probe: cargo_leptos,
    install: Some(Install {
        doing: "Getting cargo-leptos",
        lane: Lane::Tools,
        run: install_cargo_leptos,
    }),
};

pub(super) const WASM_BINDGEN: Requirement = Requirement {
    name: "wasm-bindgen",
    need: Need::Build,
    probe: wasm_bindgen,
    install: Some(Install {
        doing: "Getting wasm-bindgen",
        lane: Lane::Tools,
        run: install_wasm_bindgen,
    }),
};

/// The newest release whose lock file builds with rustc 1.95; 0.3.11 needs 1.96.
const CARGO_LEPTOS_PIN: Version = Version::new(0, 3, 10);
/// Older versions do not search the `PATH` for every tool, and newer minor versions may change the configuration.
const CARGO_LEPTOS_OLDEST: Version = Version::new(0, 3, 0);
const CARGO_LEPTOS_TOO_NEW: Version = Version::new(0, 4, 0);

const CARGO_LEPTOS_RELEASES: Released = Released {
    tool: "cargo-leptos",
    path: |version, target| {
        format!("leptos-rs/cargo-leptos/releases/download/v{version}/cargo-leptos-{target}.tar.gz")
    },
    // Programs built with musl run with every C library.
    targets: &[
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
    ],
};

const WASM_BINDGEN_RELEASES: Released = Released {
    tool: "wasm-bindgen",
    path: |version, target| {
        format!(
            "wasm-bindgen/wasm-bindgen/releases/download/{version}/wasm-bindgen-{version}-{target}.tar.gz"
        )
    },
    targets: &[
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-gnu",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
    ],
};

/// How long `cargo binstall` may search and download.
const BINSTALL_LIMIT: Duration = Duration::from_secs(300);

/// The folder in which the tools are built.
pub const BUILD_DIR: &str = "target/tools";

fn leptos_serves(found: Version) -> bool {
    (CARGO_LEPTOS_OLDEST..CARGO_LEPTOS_TOO_NEW).contains(&found)
}

fn cargo_leptos(workspace: &Workspace) -> State {
    let mend = format!("cargo install cargo-leptos --locked --version {CARGO_LEPTOS_PIN}");
    match version(workspace, "cargo-leptos") {
        Some(found) if leptos_serves(found) => State::ready(found.to_string()),
        Some(found) => State::broken(format!("{found}, needs 0.3"), mend),
        None => State::broken("not installed", mend),
    }
}

fn install_cargo_leptos(workspace: &Workspace, task: &Task<'_>) -> Result<()> {
    let wanted = Wanted {
        releases: &CARGO_LEPTOS_RELEASES,
        package: "cargo-leptos",
        version: CARGO_LEPTOS_PIN,
        serves: &leptos_serves,
    };
    wanted.install(workspace, task)
}

/// Checks that program and crate have the same version, since they share a private format.
fn wasm_bindgen(workspace: &Workspace) -> State {
    let wanted = match workspace.locked("wasm-bindgen") {
        Ok(wanted) => wanted,
        Err(error) => return State::broken(error.to_string(), "git checkout Cargo.lock"),
    };
    let mend = format!("cargo install wasm-bindgen-cli --locked --version {wanted}");
    match version(workspace, "wasm-bindgen") {
        Some(found) if found == wanted => State::ready(found.to_string()),
        Some(found) => State::broken(format!("{found}, Cargo.lock has {wanted}"), mend),
        None => State::broken("not installed", mend),
    }
}

fn install_wasm_bindgen(workspace: &Workspace, task: &Task<'_>) -> Result<()> {
    let version = workspace.locked("wasm-bindgen")?;
    let wanted = Wanted {
        releases: &WASM_BINDGEN_RELEASES,
        package: "wasm-bindgen-cli",
        version,
        serves: &|found| found == version,
    };
    wanted.install(workspace, task)
}

/// Writes the checksums of the releases that this repository uses into `released.json`.
///
/// # Errors
/// When no archive of a tool can be downloaded.
pub fn pin_releases(workspace: &Workspace) -> Result<()> {
    let wasm_bindgen = workspace.locked("wasm-bindgen")?;
    released::pin(
        workspace,
        &[
            (&CARGO_LEPTOS_RELEASES, CARGO_LEPTOS_PIN),
            (&WASM_BINDGEN_RELEASES, wasm_bindgen),
        ],
    )
}

fn version(workspace: &Workspace, program: &str) -> Option<Version> {
    output(&mut call(workspace, program, &["--version"]))
        .as_deref()
        .and_then(Version::find_in)
}

/// A tool and the versions of it that are accepted.
struct Wanted<'a> {
    releases: &'a Released,
    package: &'static str,
    version: Version,
    serves: &'a dyn Fn(Version) -> bool,
}

impl Wanted<'_> {
    fn install(&self, workspace: &Workspace, task: &Task<'_>) -> Result<()> {
        match self.download(workspace) {
            Ok(()) => return Ok(()),
            Err(error) => ui::note(&format!("No released {}: {error:#}", self.releases.tool)),
        }
        if find(workspace, "cargo-binstall").is_some() {
            match self.binstall(workspace, task) {
                Ok(()) => return Ok(()),
                Err(error) => ui::note(&format!("{error:#}")),
            }
        }
        ui::note(&format!(
            "Building {} {} from source, once",
            self.package, self.version
        ));
        self.build(workspace, task)
    }

    fn download(&self, workspace: &Workspace) -> Result<()> {
        let into = cargo_bin().context("cannot find cargo's own folder")?;
        let scratch = workspace.path("target/tools/download");
        self.releases.install(self.serves, &scratch, &into)?;
        self.assert_runs(workspace)
    }

    fn binstall(&self, workspace: &Workspace, task: &Task<'_>) -> Result<()> {
        let mut command = tool(workspace, "cargo-binstall");
        command
            .args(["--no-confirm", "--force", "--disable-strategies", "compile"])
            .arg(format!("{}@{}", self.package, self.version));
        task.run_within(BINSTALL_LIMIT, &mut command)?;
        self.assert_runs(workspace)
    }

    /// Checks that the program starts. It does not if it was built for another system or a newer C library.
    fn assert_runs(&self, workspace: &Workspace) -> Result<()> {
        version(workspace, self.releases.tool)
            .is_some_and(self.serves)
            .then_some(())
            .context("the released program does not run here")
    }

    /// Builds the tool with `cargo install`, with the crate's own lock file if the registry has all packages in it.
    fn build(&self, workspace: &Workspace, task: &Task<'_>) -> Result<()> {
        let version = self.version.to_string();
        let attempt = |locked: bool| {
            let mut command = tool(workspace, "cargo");
            command.args(["install", self.package, "--version", &version, "--force"]);
            if locked {
                command.arg("--locked");
            }
            // The release profiles of such tools are made for users who install them once: one codegen unit and
            // link-time optimisation took more than twice as long, for a tool that spends its time waiting for rustc.
            // All tools share one folder, which is kept until they are installed. So shared dependencies are built
            // once, and an interrupted build continues where it stopped.
            command
                .env("CARGO_TARGET_DIR", workspace.path(BUILD_DIR))
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
                .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
            task.run(&mut command)
        };
        attempt(true).or_else(|error| {
            if task.is_stopped() {
                return Err(error);
            }
            ui::caution(&format!("{error:#}; trying without its lock file"));
            attempt(false)
        })
    }
}
