//! The Rust sources that the rules read, with and without comments.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use leptos_convex_tasks::workspace::Workspace;

/// A file.
pub(super) struct Source {
    /// Its path from the root of the repository.
    pub(super) name: String,
    /// The whole text.
    pub(super) text: String,
    /// The code: comments and the module of unit tests are blank. Lines keep their numbers.
    pub(super) code: String,
}

impl Source {
    pub(super) fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let (name, text) = (name.into(), text.into());
        let code = code_of(&text);
        Self { name, text, code }
    }

    /// Returns whether it is in the folder.
    pub(super) fn is_in(&self, folder: &str) -> bool {
        let rest = self.name.strip_prefix(folder);
        rest.is_some_and(|rest| rest.starts_with('/'))
    }

    /// Lists the lines of code, each with its place, `app/src/lib.rs:7`.
    pub(super) fn lines(&self) -> impl Iterator<Item = (String, &str)> {
        let lines = self.code.lines().enumerate();
        lines.map(|(index, line)| (format!("{}:{}", self.name, index + 1), line))
    }
}

/// Reads all sources below these folders.
pub(super) fn read(workspace: &Workspace, folders: &[&str]) -> Result<Vec<Source>> {
    let files = folders.iter().flat_map(|dir| below(&workspace.path(dir)));
    files
        .map(|file| {
            let text =
                fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
            let name = file.strip_prefix(workspace.root()).unwrap_or(&file);
            Ok(Source::new(name.display().to_string(), text))
        })
        .collect()
}

/// Lists all `.rs` files below a folder, without build results.
fn below(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
            found.extend(below(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found
}

fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut in_tests = false;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default();
        if line == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{') {
            in_tests = true;
        }
        if !in_tests {
            code.push_str(without_comment(line));
        }
        in_tests &= line != "}";
        code.push('\n');
    }
    code
}

/// Removes the comment at the end of a line. The slashes of an address in a string are no comment.
fn without_comment(line: &str) -> &str {
    let mut in_text = false;
    let mut escaped = false;
    for (at, char) in line.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            '/' if !in_text && line[at..].starts_with("//") => return &line[..at],
            _ => {}
        }
    }
    line
}

/// Lists the strings in a line.
pub(super) fn literals(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::{Source, literals};

    #[test]
    fn comments_and_tests_are_no_code() {
        let text = "//! A.\nlet a = \"http://b\"; // c\n#[cfg(test)]\nmod tests {\n    let d;\n}\nlet e;\n";
        let source = Source::new("app/src/a.rs", text);
        assert_eq!(source.code, "\nlet a = \"http://b\"; \n\n\n\n\nlet e;\n");
        assert_eq!(
            source.lines().last(),
            Some(("app/src/a.rs:7".to_owned(), "let e;"))
        );
        assert_eq!(
            literals("f(\"/a\", \"b\")").collect::<Vec<_>>(),
            ["/a", "b"]
        );
        assert!(source.is_in("app/src") && !source.is_in("app/sr"));
    }
}
