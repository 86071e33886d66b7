//! Version numbers as tools print them: `rustc 1.95.0 (59807616e 2026-04-14)`, `v20.20.2`, `1.92`.

use std::fmt;

/// A version; missing parts count as zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The major version.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
    /// The patch version.
    pub patch: u32,
}

impl Version {
    /// Creates a version.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// Parses `1.2.3`, `v1.2` or `1`, and ignores a suffix (`-beta`, `+spec`).
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text
            .trim()
            .trim_start_matches('v')
            .splitn(3, '.')
            .map(|part| {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                digits.parse::<u32>().ok()
            });
        let major = parts.next()??;
        let minor = parts.next().flatten().unwrap_or(0);
        let patch = parts.next().flatten().unwrap_or(0);
        Some(Self::new(major, minor, patch))
    }

    /// Finds the first version number in a `--version` line.
    pub fn find_in(line: &str) -> Option<Self> {
        line.split_whitespace().find_map(Self::parse)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn reads_what_tools_print() {
        let cases = [
            (
                "rustc 1.95.0 (59807616e 2026-04-14)",
                Version::new(1, 95, 0),
            ),
            ("v20.20.2", Version::new(20, 20, 2)),
            ("wasm-opt version 108", Version::new(108, 0, 0)),
            ("wasm-bindgen 0.2.130", Version::new(0, 2, 130)),
            (
                "rustc 1.97.0-nightly (abc 2026-05-01)",
                Version::new(1, 97, 0),
            ),
            (
                "Chromium 156.0.8078.79 built on Debian",
                Version::new(156, 0, 8078),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(Version::find_in(line), Some(expected), "{line}");
        }
        assert_eq!(Version::find_in("command not found"), None);
    }

    #[test]
    fn orders_by_number_not_by_text() {
        assert!(Version::new(1, 100, 0) > Version::new(1, 95, 2));
    }
}
