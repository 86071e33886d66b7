//! A second run of failed Rust tests on a busy machine.
//!
//! Continuous integration shares its processors, so a test that waits for another process may run out of time there.
//! Failed tests run a second time. A test that then passes is reported as flaky and must be fixed, but the change is
//! not blocked. On a developer's own machine there is no second run.

use std::process::Command;

use anyhow::{Result, ensure};

use super::stream::{run, run_and_watch};
use super::tally::Tally;

/// Runs the tests of a `cargo test` command. In continuous integration, failed tests run a second time.
///
/// # Errors
/// When a test failed each time.
pub(super) fn test(command: impl Fn() -> Command, tally: &mut Tally) -> Result<()> {
    let mut first = Tally::default();
    let mut failed = Vec::new();
    let result = run_and_watch(&mut command(), &mut first, |line| {
        failed.extend(failed_test(line));
    });
    let result = match result {
        Err(_) if !failed.is_empty() && std::env::var_os("CI").is_some() => {
            run_again(command(), &failed)
        }
        other => other,
    };
    tally.add(&match result {
        Ok(()) => first.forgiven(),
        Err(_) => first,
    });
    result
}

/// Runs the same command, with the same features, for these tests only.
fn run_again(mut command: Command, failed: &[String]) -> Result<()> {
    let mut again = Tally::default();
    run(command.args(["--", "--exact"]).args(failed), &mut again)?;
    ensure!(
        again.passed as usize >= failed.len(),
        "of {} failed tests only {} ran again",
        failed.len(),
        again.passed
    );
    Ok(())
}

/// Returns the name in a line `test sync::resumes ... FAILED`.
fn failed_test(line: &str) -> Option<String> {
    let line = anstream::adapter::strip_str(line).to_string();
    let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::failed_test;

    #[test]
    fn reads_the_names_of_failed_tests() {
        let output = "test a::works ... ok\ntest a::fails ... \u{1b}[31mFAILED\u{1b}[0m\n\
            test src/lib.rs - call::new (line 12) ... FAILED\ntest result: FAILED. 1 passed; 2 failed;";
        let names: Vec<_> = output.lines().filter_map(failed_test).collect();
        assert_eq!(names, ["a::fails", "src/lib.rs - call::new (line 12)"]);
    }
}
