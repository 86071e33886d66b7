//! The numbers of tests, parsed from the last lines of test runners.

/// Tests by result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u32,
    pub(super) failed: u32,
    pub(super) skipped: u32,
    /// Passed only in a second run.
    pub(super) flaky: u32,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.flaky += other.flaky;
    }

    /// Returns the numbers if all failed tests have passed in a second run.
    pub(super) fn forgiven(self) -> Self {
        Self {
            passed: self.passed + self.failed,
            failed: 0,
            flaky: self.flaky + self.failed,
            ..self
        }
    }

    /// Formats the numbers for the summary, or nothing for a step that does not count.
    pub(super) fn text(&self, counts: bool) -> String {
        if !counts {
            return String::new();
        }
        let mut parts = Vec::new();
        let all = [
            (self.passed, "passed"),
            (self.failed, "failed"),
            (self.skipped, "skipped"),
            (self.flaky, "flaky"),
        ];
        for (count, word) in all {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        if parts.is_empty() {
            "no tests".to_owned()
        } else {
            parts.join(", ")
        }
    }

    /// Parses a line of output, if it is a summary of `cargo test`, vitest or Playwright.
    pub(super) fn read(&mut self, line: &str) {
        let line = anstream::adapter::strip_str(line).to_string();
        let line = line.trim();
        if let Some((_, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        {
            counts.split(';').for_each(|part| self.count(part));
        } else if let Some(counts) = line.strip_prefix("Tests ") {
            let counts = counts.split('(').next().unwrap_or_default();
            counts.split('|').for_each(|part| self.count(part));
        } else if is_playwright(line) {
            self.count(line.split(" (").next().unwrap_or_default());
        }
    }

    /// Adds a count: `12 passed`, `1 did not run`.
    fn count(&mut self, part: &str) {
        let Some((count, word)) = part.trim().split_once(' ') else {
            return;
        };
        let Ok(count) = count.parse::<u32>() else {
            return;
        };
        match word {
            "passed" => self.passed += count,
            "failed" | "interrupted" => self.failed += count,
            "ignored" | "skipped" | "todo" | "did not run" => self.skipped += count,
            "flaky" => {
                self.passed += count;
                self.flaky += count;
            }
            _ => {}
        }
    }
}

/// Returns whether a line is only a count and one of Playwright's words, with a time after `passed`.
fn is_playwright(line: &str) -> bool {
    let line = line.split(" (").next().unwrap_or_default();
    line.split_once(' ').is_some_and(|(count, word)| {
        count.parse::<u32>().is_ok()
            && [
                "passed",
                "failed",
                "flaky",
                "skipped",
                "interrupted",
                "did not run",
            ]
            .contains(&word)
    })
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn read(output: &str) -> Tally {
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn sums_up_cargo_test() {
        let output = "running 3 tests\ntest a ... ok\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(
            read(output),
            Tally {
                passed: 5,
                failed: 1,
                skipped: 1,
                flaky: 0
            }
        );
    }

    #[test]
    fn sums_up_vitest() {
        let output = " Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 11 passed | 2 skipped (14)\n";
        assert_eq!(
            read(output),
            Tally {
                passed: 11,
                failed: 1,
                skipped: 2,
                flaky: 0
            }
        );
        assert_eq!(
            read("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[32m4 passed\u{1b}[39m (4)").passed,
            4
        );
    }

    #[test]
    fn sums_up_playwright() {
        let output = "  1 failed\n    [no-js] › a.spec.ts:3:1 › signs in\n  1 flaky\n  2 skipped\n  3 did not run\n  40 passed (1.2m)\n";
        assert_eq!(
            read(output),
            Tally {
                passed: 41,
                failed: 1,
                skipped: 5,
                flaky: 1
            }
        );
    }

    #[test]
    fn is_not_fooled_by_prose() {
        assert_eq!(
            read("3 passed the test of time\n12 warnings emitted\nTests are fun"),
            Tally::default()
        );
    }
}
