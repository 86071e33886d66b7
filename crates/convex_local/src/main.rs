//! The `convex-local` command: an embedded backend from the command line.

mod cli;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(arguments.default_log_filter()));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match cli::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// Returns the error and its causes, each once: the texts of some errors contain their cause.
fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use std::io;

    use convex_local::StartError;

    #[test]
    fn a_cause_is_printed_once() {
        let busy = || io::Error::other("the port is busy");
        let error = anyhow::Error::from(StartError::Listen(busy())).context("cannot start");
        assert_eq!(
            super::told(&error),
            "cannot start: cannot listen: the port is busy"
        );
        let error = anyhow::Error::from(busy()).context("cannot start");
        assert_eq!(super::told(&error), "cannot start: the port is busy");
    }
}
