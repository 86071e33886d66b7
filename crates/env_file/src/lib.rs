//! A parser for `.env` files with the rules of npm [dotenv], which the Convex CLI uses for the same files.
//!
//! Values are taken literally: nothing is substituted, and a backslash is a backslash. Quotes (`'`, `"` or `` ` ``)
//! around the whole value are removed, and line breaks and `#` are allowed in them. In `"`, `\n` and `\r` are line
//! breaks. Outside of quotes, a `#` begins a comment, and blanks around the value are removed. `export` is allowed
//! before the name. If a name has several lines, the last one counts.
//!
//! ```
//! let file = env_file::parse("EMAIL_FROM=App <hello@app.example.com>\nSECRET=se$cret # of the app\n");
//! assert_eq!(file.get("EMAIL_FROM"), Some("App <hello@app.example.com>"));
//! assert_eq!(file.get("SECRET"), Some("se$cret"));
//! ```
//!
//! [dotenv]: https://github.com/motdotla/dotenv

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex_lite::Regex;

/// The characters that are white space in JavaScript.
const BLANK: &str = r"[\t\n\x0B\x0C\r\x20\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}]";

/// The `LINE` of dotenv's `lib/main.js`: a name, `=` or `:`, and a value that is quoted or ends with the line.
static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let line = r#"(?m)^_*(?:export_+)?([\w.-]+)(?:_*=_*?|:_+?)(_*'(?:\\'|[^'])*'|_*"(?:\\"|[^"])*"|_*`(?:\\`|[^`])*`|[^#\r\n]+)?_*(?:#.*)?$"#;
    Regex::new(&line.replace('_', BLANK)).ok()
});

/// The variables of a file, and the lines that are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    values: BTreeMap<String, String>,
    /// Numbers of the lines, from 1, that are neither blank nor a comment nor part of a variable. npm dotenv ignores
    /// them silently.
    pub ignored: Vec<usize>,
}

impl EnvFile {
    /// Returns the value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Returns names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let values = self.values.iter();
        values.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Parses the text of a file. This cannot fail: lines that are no variables are [`ignored`](EnvFile::ignored).
#[must_use]
pub fn parse(text: &str) -> EnvFile {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut file = EnvFile::default();
    let mut read = Vec::new();
    // The expression is a constant, and the tests compile it.
    let lines = LINE.iter().flat_map(|line| line.captures_iter(&text));
    for captures in lines {
        let name = captures.get(1).map_or("", |name| name.as_str());
        let value = captures.get(2).map_or("", |value| value.as_str());
        file.values.insert(name.to_owned(), unquoted(value));
        read.extend(captures.get(0).map(|whole| whole.range()));
    }
    file.ignored = ignored(&text, &read);
    file
}

fn unquoted(value: &str) -> String {
    let value = value.trim_matches(is_blank);
    let Some(quote) = value
        .chars()
        .next()
        .filter(|first| matches!(first, '\'' | '"' | '`'))
    else {
        return value.to_owned();
    };
    let inside = value
        .strip_prefix(quote)
        .and_then(|rest| rest.strip_suffix(quote));
    let inside = inside.unwrap_or(value);
    match quote {
        '"' => inside.replace("\\n", "\n").replace("\\r", "\r"),
        _ => inside.to_owned(),
    }
}

/// Returns whether JavaScript's `trim` removes it.
fn is_blank(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// Returns the numbers of the non-blank lines outside of `read`.
fn ignored(text: &str, read: &[Range<usize>]) -> Vec<usize> {
    let mut start = 0;
    let mut numbers = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let end = start + line.len();
        let is_read = read
            .iter()
            .any(|range| range.start <= end && start < range.end);
        let said = line.trim_matches(is_blank);
        if !is_read && !said.is_empty() && !said.starts_with('#') {
            numbers.push(index + 1);
        }
        start = end + 1;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_the_lines_that_are_ignored() {
        assert!(LINE.is_some());
        let file = parse("# a comment\nA=1\n\noops\nB=\"two\nlines\"\n  # b\nC='open\n=x\n");
        assert_eq!(file.ignored, [4, 9]);
        assert_eq!(file.get("B"), Some("two\nlines"));
        assert_eq!(file.get("C"), Some("'open"));
        assert_eq!(parse("\u{feff}A=1").get("A"), Some("1"));
        assert_eq!(parse("").ignored, Vec::<usize>::new());
    }
}
