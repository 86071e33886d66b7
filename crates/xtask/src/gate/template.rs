//! A test of the template: an app made from it and the packages, with both commands of its README, a sign-up and edits
//! seen in a browser, and a second app without all optional parts.
//!
//! The apps are outside of this repository but share its `target` folder, so external dependencies are compiled once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use leptos_convex_tasks::process::{call, run};
use leptos_convex_tasks::requirements::choose_chromium;
use leptos_convex_tasks::ui;
use leptos_convex_tasks::workspace::Workspace;

use super::packages::{self, PUBLISHED};
use crate::parts;
use crate::served::Site;
use crate::template;

/// The limit until the first page of a new app, on a busy machine.
const FIRST_PAGE: Duration = Duration::from_secs(30 * 60);

/// Runs the test.
///
/// # Errors
/// When a step does not do what the template's README promises.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let place = std::env::temp_dir().join("leptos-convex-template");
    if place.exists() {
        fs::remove_dir_all(&place).context("removing the last app")?;
    }
    fs::create_dir_all(place.join(".cargo"))?;
    packages::make(workspace)?;
    let patches = unpacked(workspace, &place.join("crates"))?;
    // Cargo reads it in all folders below.
    fs::write(place.join(".cargo/config.toml"), patches)?;
    let template = place.join("template");
    template::make(workspace, &template)?;

    let stranger = Stranger { workspace, place };
    let app = stranger.make("try-it", true)?;
    for folder in ["crates", "end2end", "server/tests"] {
        if app.join(folder).exists() {
            bail!("the app has {folder}, which belongs to this repository");
        }
    }
    stranger.develop(&app)?;
    run(stranger.cargo(&app).args(["xtask", "test"]))?;
    let smallest = stranger.make("smallest", false)?;
    run(stranger.cargo(&smallest).args(["xtask", "test"]))?;
    fs::remove_dir_all(&stranger.place).context("removing the app")
}

/// Unpacks the packages and returns the settings that make Cargo use them instead of the published ones.
fn unpacked(workspace: &Workspace, into: &Path) -> Result<String> {
    let packed = workspace.path("target/package");
    let mut patches = String::from("[patch.crates-io]\n");
    for name in PUBLISHED {
        let version = workspace.locked(name)?;
        let package = format!("{name}-{version}");
        let file = packed.join(format!("{package}.crate"));
        let file = File::open(&file).with_context(|| format!("cannot read {}", file.display()))?;
        tar::Archive::new(GzDecoder::new(file)).unpack(into)?;
        let path = into.join(package);
        patches.push_str(&format!("{name} = {{ path = {path:?} }}\n"));
    }
    Ok(patches)
}

/// Somebody who has a template and the packages, but not this repository.
struct Stranger<'a> {
    workspace: &'a Workspace,
    place: PathBuf,
}

impl Stranger<'_> {
    /// Creates an app, with all optional parts or with none.
    fn make(&self, name: &str, with_everything: bool) -> Result<PathBuf> {
        ui::begin(&format!("A new app: {name}"));
        let mut new = self.cargo(&self.place);
        for part in parts::read(self.workspace)? {
            let answer = template::variable(&part).to_uppercase();
            new.env(
                format!("CARGO_GENERATE_VALUE_{answer}"),
                with_everything.to_string(),
            );
        }
        run(new.args(["leptos", "new", "--path", "template", "--name", name]))?;
        Ok(self.place.join(name))
    }

    /// Creates a cargo command in one of their folders, in the environment of the person who runs the gate.
    fn cargo(&self, folder: &Path) -> Command {
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", self.workspace.path("target"))
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                cargo.env_remove(&name);
            }
        }
        cargo
    }

    /// Runs `cargo xtask dev` until a browser test has signed up and edited the app.
    fn develop(&self, app: &Path) -> Result<()> {
        ui::begin("cargo xtask dev");
        let (site, reload) = (Site::on_free_port(None)?, Site::on_free_port(None)?);
        let mut dev = self.cargo(app);
        dev.args(["xtask", "dev"])
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{}", site.port))
            .env("LEPTOS_RELOAD_PORT", reload.port.to_string());
        let mut dev = Running(dev.spawn().context("cannot start cargo")?);
        let begun = Instant::now();
        while site.get("/healthz").is_err() {
            if let Some(status) = dev.0.try_wait()? {
                bail!("`cargo xtask dev` ended ({status})");
            }
            if begun.elapsed() > FIRST_PAGE {
                bail!("no page after {}", ui::human(FIRST_PAGE));
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        ui::done("the first page", begun.elapsed());
        let mut browser = call(self.workspace, "node", &["end2end/template/develop.mjs"]);
        choose_chromium(self.workspace, &mut browser);
        run(browser.arg(site.origin()).arg(app))
    }
}

/// A running `cargo xtask dev`. It ends when dropped, with the server that it started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let pid = self.0.id().to_string();
        // It passes this signal on to the processes that it has started.
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.0.wait();
    }
}
