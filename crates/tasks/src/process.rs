//! Child processes. All have the same environment, commands are printed, and errors name the command.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::ui;
use crate::workspace::Workspace;

/// Creates a command that runs in the root of the checkout, with the project's own tools first on the `PATH`.
pub fn tool(workspace: &Workspace, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace.root())
        .env("PATH", search_path(workspace));
    // `cargo run` describes *this* crate in these variables. A child cargo must not read them as its own.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    if let Some(toolchain) = workspace.toolchain() {
        command.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    command
}

/// Creates a command with arguments, like [`tool`].
pub fn call(workspace: &Workspace, program: &str, args: &[&str]) -> Command {
    let mut command = tool(workspace, program);
    command.args(args);
    command
}

/// Returns the `PATH` of children: the programs of npm packages, cargo's programs, then the person's own.
fn search_path(workspace: &Workspace) -> OsString {
    let mut dirs = vec![workspace.path("node_modules/.bin")];
    dirs.extend(cargo_bin());
    if let Some(path) = std::env::var_os("PATH") {
        dirs.extend(std::env::split_paths(&path));
    }
    std::env::join_paths(dirs).unwrap_or_else(|_| std::env::var_os("PATH").unwrap_or_default())
}

/// Returns the folder where `cargo install` puts programs.
pub fn cargo_bin() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    home.map(|home| home.join("bin"))
}

/// Finds a program on the `PATH` of children.
pub fn find(workspace: &Workspace, program: &str) -> Option<PathBuf> {
    which::which_in(program, Some(search_path(workspace)), workspace.root()).ok()
}

/// Runs a command to its end, in the same terminal.
///
/// # Errors
/// When it cannot start or fails; both name the command.
pub fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    ui::command(&line);
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs quietly and returns the trimmed standard output if it succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs without input and returns whether it succeeded within the limit.
pub fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let spawned = command.stdin(Stdio::null()).spawn();
    let Ok(mut child) = spawned else { return false };
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if start.elapsed() < limit => std::thread::sleep(Duration::from_millis(50)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// Formats a command as one would type it.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line = program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    for arg in command.get_args() {
        let arg = arg.to_string_lossy();
        let quoted = arg.is_empty() || arg.contains(char::is_whitespace);
        line.push(' ');
        line.push_str(&if quoted {
            format!("'{arg}'")
        } else {
            arg.into_owned()
        });
    }
    line
}
