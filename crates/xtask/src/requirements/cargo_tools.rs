//! `cargo-leptos` and the `wasm-bindgen` program, both from crates.io.

use anyhow::Result;

use super::{Install, Need, Requirement, State};
use crate::process::{call, output, run, tool};
use crate::ui;
use crate::version::Version;
use crate::workspace::Workspace;

pub(super) const CARGO_LEPTOS: Requirement = Requirement {
    name: "cargo-leptos",
    need: Need::Build,
    probe: cargo_leptos,
    install: Some(Install {
        doing: "Building cargo-leptos from source (once; about 8 minutes on two cores)",
        run: install_cargo_leptos,
    }),
};

pub(super) const WASM_BINDGEN: Requirement = Requirement {
    name: "wasm-bindgen",
    need: Need::Build,
    probe: wasm_bindgen,
    install: Some(Install {
        doing: "Building wasm-bindgen-cli from source (once; about 2 minutes on two cores)",
        run: install_wasm_bindgen,
    }),
};

/// The newest release whose lock file builds with rustc 1.95; 0.3.11 needs 1.96.
const CARGO_LEPTOS_PIN: Version = Version::new(0, 3, 10);
/// Older ones do not fall back to the `PATH` for every tool, newer minors may change the configuration.
const CARGO_LEPTOS_OLDEST: Version = Version::new(0, 3, 0);
const CARGO_LEPTOS_TOO_NEW: Version = Version::new(0, 4, 0);

fn cargo_leptos(workspace: &Workspace) -> State {
    let line = output(&mut call(workspace, "cargo-leptos", &["--version"])).unwrap_or_default();
    let mend = format!("cargo install cargo-leptos --locked --version {CARGO_LEPTOS_PIN}");
    match Version::find_in(&line) {
        Some(found) if (CARGO_LEPTOS_OLDEST..CARGO_LEPTOS_TOO_NEW).contains(&found) => {
            State::ready(found.to_string())
        }
        Some(found) => State::broken(format!("{found}, needs 0.3"), mend),
        None => State::broken("not installed", mend),
    }
}

fn install_cargo_leptos(workspace: &mut Workspace) -> Result<()> {
    install(workspace, "cargo-leptos", CARGO_LEPTOS_PIN)
}

/// The program and the crate must be of the very same version: they share a private format.
fn wasm_bindgen(workspace: &Workspace) -> State {
    let wanted = match workspace.locked("wasm-bindgen") {
        Ok(wanted) => wanted,
        Err(error) => return State::broken(error.to_string(), "git checkout Cargo.lock"),
    };
    let line = output(&mut call(workspace, "wasm-bindgen", &["--version"])).unwrap_or_default();
    let mend = format!("cargo install wasm-bindgen-cli --locked --version {wanted}");
    match Version::find_in(&line) {
        Some(found) if found == wanted => State::ready(found.to_string()),
        Some(found) => State::broken(format!("{found}, Cargo.lock has {wanted}"), mend),
        None => State::broken("not installed", mend),
    }
}

fn install_wasm_bindgen(workspace: &mut Workspace) -> Result<()> {
    let version = workspace.locked("wasm-bindgen")?;
    install(workspace, "wasm-bindgen-cli", version)
}

/// `cargo install`, with the crate's own lock file where a registry has everything it names.
fn install(workspace: &Workspace, name: &str, version: Version) -> Result<()> {
    // Kept until it worked, so that an interrupted build goes on where it stopped.
    let build_dir = workspace.path("target/tools");
    let version = version.to_string();
    let attempt = |locked: bool| {
        let mut command = tool(workspace, "cargo");
        command.args(["install", name, "--version", &version, "--force"]);
        if locked {
            command.arg("--locked");
        }
        // Release profiles of such tools are made for their maintainers' servers: one code-generation
        // unit and link-time optimisation took more than twice as long, for a tool that waits for rustc.
        command
            .env("CARGO_TARGET_DIR", &build_dir)
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        run(&mut command)
    };
    if let Err(error) = attempt(true) {
        ui::caution(&format!("{error:#}; trying without its lock file"));
        attempt(false)?;
    }
    if build_dir.exists() {
        std::fs::remove_dir_all(&build_dir)?;
    }
    Ok(())
}
