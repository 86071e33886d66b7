//! WebAssembly on machines where rustup cannot download: Debian's `rustc-web` and a standard library built with it.
//!
//! The packages contain compiler and library source of one version, but no wasm32 library. Set-up builds it once, in
//! about half a minute, and copies it into the compiler's own folder. The result is linked as a rustup toolchain and
//! selected for this checkout, so that plain `cargo leptos` uses it too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{cargo_bin, find, output, run, tool};
use crate::ui;
use crate::workspace::Workspace;

/// The name of Debian's compiler in rustup.
const TOOLCHAIN: &str = "debian-web";
const TARGET: &str = "wasm32-unknown-unknown";

/// Installs the packages, builds the library, links the toolchain.
///
/// # Errors
/// On systems other than Debian, without the right to install packages, or when a step fails.
pub(super) fn install(workspace: &Workspace) -> Result<()> {
    let apt = Apt::available(workspace)?;
    if find(workspace, "rustup").is_none() {
        bail!(
            "the wasm32 target is missing and there is no rustup to add it; see https://rustup.rs"
        );
    }
    let lld = install_packages(workspace, &apt)?;
    link_linker(&lld)?;
    build_standard_library(workspace, &lld)?;
    let link = |args: &[&str]| run(tool(workspace, "rustup").args(args));
    link(&["toolchain", "link", TOOLCHAIN, "/usr"])?;
    link(&["override", "set", TOOLCHAIN])?;
    ui::note("This checkout now uses Debian's compiler (undo: rustup override unset).");
    workspace.use_toolchain(TOOLCHAIN);
    Ok(())
}

/// The way to install Debian packages on this machine.
pub(super) struct Apt {
    sudo: bool,
}

impl Apt {
    /// Finds out how to install packages.
    ///
    /// # Errors
    /// When this is not Debian, or installing needs a password.
    pub(super) fn available(workspace: &Workspace) -> Result<Self> {
        if !Path::new("/etc/debian_version").exists() || find(workspace, "apt-get").is_none() {
            bail!(
                "rustup could not add {TARGET} and this is not Debian; \
                 check the network and run `rustup target add {TARGET}`"
            );
        }
        let root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
        let sudo = !root && output(Command::new("sudo").args(["-n", "true"])).is_some();
        if !root && !sudo {
            bail!("installing Debian packages needs root; run `cargo xtask setup` as root once");
        }
        Ok(Self { sudo })
    }

    /// Creates a command that runs `apt-get` without questions.
    pub(super) fn get(&self, workspace: &Workspace, args: &[&str]) -> Command {
        let mut command = tool(workspace, if self.sudo { "sudo" } else { "env" });
        command
            .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"])
            .args(args);
        command
    }
}

/// Installs compiler, library source and linker, and returns the path of the linker.
fn install_packages(workspace: &Workspace, apt: &Apt) -> Result<PathBuf> {
    run(&mut apt.get(workspace, &["update"]))?;
    let found = output(tool(workspace, "apt-cache").args(["pkgnames", "lld-"])).unwrap_or_default();
    let newest = found
        .lines()
        .filter_map(|name| name.strip_prefix("lld-")?.parse::<u32>().ok())
        .max()
        .context("Debian offers no lld package here; is its security archive enabled?")?;
    let lld = format!("lld-{newest}");
    let packages = [
        "rustc-web",
        "cargo-web",
        "rust-web-src",
        "rust-web-clippy",
        "rustfmt-web",
        lld.as_str(),
    ];
    let known: Vec<&str> = packages
        .into_iter()
        .filter(|name| is_known(workspace, name))
        .collect();
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(known);
    run(&mut apt.get(workspace, &args))?;
    Ok(PathBuf::from(format!("/usr/lib/llvm-{newest}/bin/lld")))
}

/// Returns whether apt knows a package: the names of the extra packages differ between Debian releases.
fn is_known(workspace: &Workspace, package: &str) -> bool {
    output(tool(workspace, "apt-cache").args(["show", "--no-all-versions", package]))
        .is_some_and(|text| !text.is_empty())
}

/// Links the linker as `rust-lld`, the name that rustc looks for.
fn link_linker(lld: &Path) -> Result<()> {
    let dir = cargo_bin().context("cannot find cargo's own folder")?;
    let link = dir.join("rust-lld");
    if link.symlink_metadata().is_ok() {
        fs::remove_file(&link)?;
    }
    std::os::unix::fs::symlink(lld, &link)
        .with_context(|| format!("cannot link {} to {}", link.display(), lld.display()))
}

/// Builds `std` for wasm32 through a temporary crate and moves it to where the compiler looks.
fn build_standard_library(workspace: &Workspace, lld: &Path) -> Result<()> {
    let crate_dir = workspace.path("target/debian-web-std");
    fs::create_dir_all(crate_dir.join("src"))?;
    let manifest = "[package]\nname = \"std-for-wasm\"\nedition = \"2021\"\n\n[workspace]\n";
    fs::write(crate_dir.join("Cargo.toml"), manifest)?;
    fs::write(
        crate_dir.join("src/lib.rs"),
        "//! Built for its standard library alone.\n",
    )?;
    let mut build = tool(workspace, "/usr/bin/cargo");
    build
        .current_dir(&crate_dir)
        .args(["build", "--release", "--target", TARGET])
        .arg("-Zbuild-std=std,panic_abort,panic_unwind,proc_macro")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", "/usr/bin/rustc")
        .env("CARGO_TARGET_DIR", crate_dir.join("target"))
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", lld)
        .env_remove("RUSTUP_TOOLCHAIN");
    run(&mut build)?;
    let sysroot = output(Command::new("/usr/bin/rustc").args(["--print", "sysroot"]))
        .context("Debian's rustc does not answer")?;
    let libs = PathBuf::from(sysroot)
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib");
    copy_libraries(
        &crate_dir.join("target").join(TARGET).join("release/deps"),
        &libs,
    )?;
    fs::remove_dir_all(&crate_dir).context("cannot remove the throw-away crate")
}

/// Copies the `.rlib`s, with `sudo` if the folder belongs to root.
fn copy_libraries(from: &Path, to: &Path) -> Result<()> {
    let libraries: Vec<PathBuf> = fs::read_dir(from)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "rlib"))
        .filter(|path| !path.to_string_lossy().contains("std_for_wasm"))
        .collect();
    if libraries.is_empty() {
        bail!(
            "building the standard library left no .rlib in {}",
            from.display()
        );
    }
    let root = fs::create_dir_all(to).is_ok()
        && fs::metadata(to).is_ok_and(|m| !m.permissions().readonly());
    let elevate = |program: &str| {
        let mut command = Command::new(if root { program } else { "sudo" });
        if !root {
            command.args(["-n", program]);
        }
        command
    };
    ui::note(&format!(
        "copying {} libraries to {}",
        libraries.len(),
        to.display()
    ));
    let made = output(elevate("mkdir").arg("-p").arg(to)).is_some();
    if !made || output(elevate("cp").args(&libraries).arg(to)).is_none() {
        bail!("cannot write to {}", to.display());
    }
    Ok(())
}
