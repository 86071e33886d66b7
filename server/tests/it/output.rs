//! What the program writes to standard output, where logs go.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Starts the server and returns its output, up to the line that says that it is listening.
fn lines_of_a_start(format: Option<&str>) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command
        .env_clear()
        .args(["--addr=127.0.0.1:0", "--site-root=/nonexistent"])
        .args(["--convex-url=http://127.0.0.1:9"])
        .args(["--convex-site-url=http://localhost:9"])
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(format) = format {
        command.env("LOG_FORMAT", format);
    }
    let mut server = command.spawn().expect("it starts");
    let output = BufReader::new(server.stdout.take().expect("a pipe"));
    let mut lines = Vec::new();
    for line in output.lines() {
        let line = line.expect("text");
        let last = line.contains("listening");
        lines.push(line);
        if last {
            break;
        }
    }
    server.kill().expect("it runs");
    server.wait().expect("it ends");
    lines
}

#[test]
fn every_line_is_json_when_asked_for() {
    let lines = lines_of_a_start(Some("json"));
    let parsed: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let last = parsed.last().expect("lines");
    assert_eq!(last["message"], "listening", "{last}");
    assert_eq!(last["level"], "INFO", "{last}");
    let backend = |line: &Value| {
        line["message"]
            .as_str()
            .is_some_and(|it| it.contains("Convex:"))
    };
    assert!(parsed.iter().any(backend), "{lines:?}");
}

#[test]
fn a_log_that_is_not_on_a_terminal_has_no_colours() {
    let lines = lines_of_a_start(None);
    assert!(
        lines.iter().any(|line| line.contains("listening")),
        "{lines:?}"
    );
    for line in lines {
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
}
