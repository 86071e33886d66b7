//! The progress of several programs that run at once: the name of each, its progress, and the time left.
//!
//! Their output goes to files below `target/setup/`, because the mixed lines of several programs cannot be read. The
//! terminal shows one line for all of them. The time left is estimated from the units that cargo has built so far on
//! this machine.

use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{shown, succeeds_within};
use crate::ui;

/// How often the line is drawn in a terminal, or printed otherwise.
const DRAW: Duration = Duration::from_secs(1);
const PRINT: Duration = Duration::from_secs(30);

/// How many lines of a failed program's output are repeated.
const LAST_LINES: usize = 30;

/// The shared state of all tasks.
#[derive(Debug)]
pub struct Board {
    logs: PathBuf,
    running: Mutex<Vec<Running>>,
    stopped: AtomicBool,
}

/// A running task.
#[derive(Debug)]
struct Running {
    name: &'static str,
    units: Option<Units>,
}

/// The progress of a cargo build.
#[derive(Clone, Copy, Debug)]
struct Units {
    done: u32,
    all: u32,
    /// The units that were done when counting began. They are not used for the estimate.
    at_first: u32,
    since: Instant,
}

/// A handle with which a task runs its programs.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// `None` for a task that uses the terminal directly.
    board: Option<&'a Board>,
    name: &'static str,
}

impl Board {
    /// Creates a board whose programs write their output to files in this folder.
    pub fn new(logs: PathBuf) -> Self {
        Self {
            logs,
            running: Mutex::default(),
            stopped: AtomicBool::new(false),
        }
    }

    /// Begins a task.
    pub fn begin(&self, name: &'static str) -> Task<'_> {
        self.running().push(Running { name, units: None });
        Task {
            board: Some(self),
            name,
        }
    }

    /// Ends a task.
    pub fn end(&self, task: Task<'_>) {
        self.running().retain(|running| running.name != task.name);
    }

    /// Ends the programs of all tasks, after one of them has failed.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Returns whether the tasks were told to stop.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Shows the progress until `ended` is set.
    pub fn show(&self, ended: &AtomicBool) {
        let terminal = std::io::stdout().is_terminal();
        let every = if terminal { DRAW } else { PRINT };
        let mut last = Instant::now();
        while !ended.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(100));
            if last.elapsed() >= every {
                last = Instant::now();
                let line = self.line(last);
                if terminal {
                    ui::status(&line);
                } else if !line.is_empty() {
                    ui::note(&line);
                }
            }
        }
        if terminal {
            ui::status("");
        }
    }

    fn line(&self, now: Instant) -> String {
        let running = self.running();
        let parts: Vec<String> = running.iter().map(|running| running.text(now)).collect();
        parts.join(" · ")
    }

    fn running(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn saw(&self, name: &str, done: u32, all: u32) {
        let mut running = self.running();
        let Some(running) = running.iter_mut().find(|running| running.name == name) else {
            return;
        };
        let (at_first, since) = match running.units {
            // Another total, or fewer units than before, is another build, so counting starts again.
            Some(units) if units.all == all && units.done <= done => (units.at_first, units.since),
            _ => (done, Instant::now()),
        };
        running.units = Some(Units {
            done,
            all,
            at_first,
            since,
        });
    }
}

impl Running {
    fn text(&self, now: Instant) -> String {
        let Some(units) = self.units else {
            return self.name.to_owned();
        };
        let mut text = format!("{}: {} of {} units", self.name, units.done, units.all);
        if let Some(left) = units.left(now) {
            text.push_str(&format!(", about {} left", ui::roughly(left)));
        }
        text
    }
}

impl Units {
    /// Estimates the time left from the pace so far, once there is a pace.
    fn left(&self, now: Instant) -> Option<Duration> {
        let built = self.done.checked_sub(self.at_first)?;
        let took = now.saturating_duration_since(self.since);
        if built < 10 || took < Duration::from_secs(5) {
            return None;
        }
        Some(took * self.all.saturating_sub(self.done) / built)
    }
}

impl Task<'static> {
    /// Creates a task that uses the terminal directly.
    pub fn alone(name: &'static str) -> Self {
        Self { board: None, name }
    }
}

impl Task<'_> {
    /// Runs a program to its end.
    ///
    /// # Errors
    /// When it cannot start, fails, or was ended because another task failed. The error contains the last lines of its
    /// output and the name of the file with the rest.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        match self.board {
            None => crate::process::run(command),
            Some(board) => self.run_beside(board, command, Duration::MAX),
        }
    }

    /// Returns whether another task has failed, so that this one can stop.
    pub fn is_stopped(&self) -> bool {
        self.board.is_some_and(Board::is_stopped)
    }

    /// Runs a program like [`run`](Self::run), with a time limit.
    ///
    /// # Errors
    /// Those of `run`, and when the program has not ended in time.
    pub fn run_within(&self, limit: Duration, command: &mut Command) -> Result<()> {
        match self.board {
            Some(board) => self.run_beside(board, command, limit),
            None if succeeds_within(command, limit) => Ok(()),
            None => bail!("`{}` failed", shown(command)),
        }
    }

    fn run_beside(&self, board: &Board, command: &mut Command, limit: Duration) -> Result<()> {
        let line = shown(command);
        std::fs::create_dir_all(&board.logs)
            .with_context(|| format!("cannot make {}", board.logs.display()))?;
        let log = board.logs.join(format!("{}.log", file_name(self.name)));
        let mut file =
            File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        // cargo draws its progress bar, which contains the numbers, only if told to.
        command
            .env("CARGO_TERM_PROGRESS_WHEN", "always")
            .env("CARGO_TERM_PROGRESS_WIDTH", "80")
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start `{line}`"))?;
        let start = Instant::now();
        let errors = child.stderr.take();
        let status = std::thread::scope(|scope| {
            if let Some(errors) = errors {
                scope.spawn(move || self.follow(board, errors, &mut file));
            }
            loop {
                if let Some(status) = child.try_wait()? {
                    return Ok::<_, std::io::Error>(Some(status));
                }
                if board.is_stopped() || start.elapsed() > limit {
                    let _ = Command::new("kill").arg(child.id().to_string()).status();
                    child.wait()?;
                    return Ok(None);
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        })?;
        match status {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!(
                "`{line}` failed ({status}); all of its output is in {}:\n{}",
                log.display(),
                last_lines(&log)
            ),
            None if board.is_stopped() => bail!("`{line}` was stopped"),
            None => bail!("`{line}` had not ended after {}", ui::human(limit)),
        }
    }

    /// Copies a program's output to its file and reads the numbers in it.
    fn follow(&self, board: &Board, mut output: impl Read, log: &mut File) {
        let mut buffer = [0; 4096];
        let mut line = Vec::new();
        while let Ok(count @ 1..) = output.read(&mut buffer) {
            for byte in &buffer[..count] {
                if !matches!(byte, b'\r' | b'\n') {
                    line.push(*byte);
                    continue;
                }
                let text = String::from_utf8_lossy(&line);
                match units(&text) {
                    Some((done, all)) => board.saw(self.name, done, all),
                    None if text.trim().is_empty() => {}
                    None => {
                        let _ = log.write_all(&line).and_then(|()| log.write_all(b"\n"));
                    }
                }
                line.clear();
            }
        }
    }
}

fn file_name(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

/// Parses the numbers in `Building [====>    ] 143/712: syn, quote`.
fn units(line: &str) -> Option<(u32, u32)> {
    let (_, bar) = line.split_once("Building [")?;
    let (_, numbers) = bar.split_once("] ")?;
    let (done, rest) = numbers.split_once('/')?;
    let all: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((done.parse().ok()?, all.parse().ok()?))
}

fn last_lines(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LAST_LINES);
    lines[from..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cargos_bar() {
        let bar = "    Building [=====>            ] 143/712: syn, quote(build.rs)";
        assert_eq!(units(bar), Some((143, 712)));
        for other in ["   Compiling syn v2.0.1", "    Blocking waiting", ""] {
            assert_eq!(units(other), None, "{other}");
        }
    }

    #[test]
    fn the_time_left_is_estimated_from_the_pace_of_this_build() {
        let since = Instant::now();
        let at = |done: u32, seconds: u64| {
            let units = Units {
                done,
                all: 700,
                at_first: 100,
                since,
            };
            units.left(since + Duration::from_secs(seconds))
        };
        // 200 units of this build in 100 s: the other 400 take 200 s. The first 100 were there before.
        assert_eq!(at(300, 100), Some(Duration::from_secs(200)));
        // On a machine that is four times slower.
        assert_eq!(at(300, 400), Some(Duration::from_secs(800)));
        assert_eq!(at(700, 100), Some(Duration::ZERO));
        // No pace is known yet.
        assert_eq!(at(100, 60), None);
        assert_eq!(at(150, 1), None);
    }

    #[test]
    fn a_failure_repeats_the_output_of_the_program_and_the_others_can_be_stopped() {
        let dir = tempfile::tempdir().expect("a folder");
        let board = Board::new(dir.path().to_owned());
        let task = board.begin("failing");
        let mut fails = Command::new("sh");
        fails.args(["-c", "echo out; printf 'the reason\\n' >&2; exit 3"]);
        let error = task.run(&mut fails).expect_err("it fails").to_string();
        assert!(
            error.contains("the reason") && error.contains("out"),
            "{error}"
        );
        assert!(error.contains("failing.log"), "{error}");
        board.stop();
        let mut waits = Command::new("sleep");
        let error = task.run(waits.arg("600")).expect_err("it is stopped");
        assert!(error.to_string().contains("was stopped"), "{error}");
    }
}
