//! Formatting of the generated source, by rustfmt.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::Error;

/// Formats Rust source with the `rustfmt` on the `PATH`.
///
/// # Errors
/// When rustfmt is missing or does not accept the source.
pub fn rustfmt(source: &str) -> Result<String, Error> {
    rustfmt_with(Command::new("rustfmt").args(["--edition", "2024"]), source)
}

/// Formats Rust source with a command that reads it from its input and writes it to its output.
///
/// # Errors
/// When the command does not start or does not accept the source.
pub fn rustfmt_with(command: &mut Command, source: &str) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let start = |source| Error::Start {
        program: program.clone(),
        advice: "`rustup component add rustfmt` installs it",
        source,
    };
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(start)?;
    let stdin = child.stdin.take();
    let text = source.to_owned();
    let writer = std::thread::spawn(move || stdin.map(|mut pipe| pipe.write_all(text.as_bytes())));
    let output = child.wait_with_output().map_err(start)?;
    let written = matches!(writer.join(), Ok(Some(Ok(()))));
    if !output.status.success() || !written {
        return Err(Error::Failed {
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            program,
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
