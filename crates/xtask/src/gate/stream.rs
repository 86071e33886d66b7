//! The command of a step. Its output is shown as it comes, and parsed for the results of tests.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};

use anyhow::{Context, Result, bail};
use leptos_convex_tasks::process::shown;
use leptos_convex_tasks::ui;

use super::tally::Tally;

/// Runs a command to its end.
///
/// # Errors
/// When it cannot start or fails.
pub(super) fn run(command: &mut Command, tally: &mut Tally) -> Result<()> {
    run_and_watch(command, tally, |_| ())
}

/// Runs a command to its end and passes each line of its output to `watch`.
///
/// # Errors
/// When it cannot start or fails.
pub(super) fn run_and_watch(
    command: &mut Command,
    tally: &mut Tally,
    mut watch: impl FnMut(&str),
) -> Result<()> {
    let line = shown(command);
    ui::command(&line);
    colour(command);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    let (lines, received) = channel();
    let readers = [
        child
            .stdout
            .take()
            .map(|pipe| read_lines(pipe, lines.clone())),
        child.stderr.take().map(|pipe| read_lines(pipe, lines)),
    ];
    for line in received {
        tally.read(&line);
        watch(&line);
        anstream::println!("{line}");
    }
    for reader in readers.into_iter().flatten() {
        let _ = reader.join();
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Asks for colours if the output is a terminal, because programs write none into a pipe.
fn colour(command: &mut Command) {
    let choice = anstream::AutoStream::choice(&std::io::stdout());
    if choice != anstream::ColorChoice::Never {
        command
            .env("CARGO_TERM_COLOR", "always")
            .env("FORCE_COLOR", "1");
    }
}

fn read_lines(
    pipe: impl Read + Send + 'static,
    lines: Sender<String>,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line)
                .trim_end_matches(['\r', '\n'])
                .to_owned();
            line.clear();
            if lines.send(text).is_err() {
                return;
            }
        }
    })
}
