//! The snippets of a page of Markdown, and the place of each.
//!
//! The place follows the language of a fence, where a reader of the page does not see it:
//!
//! - `rust to PATH`: the whole file. A file that exists must be the same.
//! - `rust end of PATH`: lines at the end of the file.
//! - `rust in PATH before TEXT`: lines before the first one that contains the text.
//! - `rust in PATH after TEXT`: lines after it.
//! - `rust in PATH instead of TEXT`: lines that replace it.
//! - `rust found in PATH`: lines that the file contains, once the code is generated.
//! - `rust with ARGUMENTS`: the body of a function with these arguments.
//! - `rust`: the body of a component.
//!
//! The same holds for `ts`, except for bodies: other TypeScript is not compiled.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// A snippet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    /// The page and the line of the fence, for messages.
    pub(super) from: String,
    pub(super) place: Place,
    pub(super) code: String,
}

/// The place of a snippet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    File(String),
    End(String),
    /// At a line of the file with this text.
    Line(String, At, String),
    Found(String),
    Body(String),
    Component,
}

/// The place of a snippet at a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Before,
    After,
    InsteadOf,
}

/// The words for [`At`] in a fence.
const AT: [(&str, At); 3] = [
    (" before ", At::Before),
    (" after ", At::After),
    (" instead of ", At::InsteadOf),
];

/// Lists the snippets of a page that have a place.
///
/// # Errors
/// When a fence names an unknown kind of place.
pub(super) fn snippets(page: &str, text: &str) -> Result<Vec<Snippet>> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        let indent = line.len() - line.trim_start().len();
        let from = format!("{page}:{}", index + 1);
        let mut code = String::new();
        for (_, line) in lines
            .by_ref()
            .take_while(|(_, line)| !line.trim_start().starts_with("```"))
        {
            code.push_str(line.get(indent..).unwrap_or_default());
            code.push('\n');
        }
        let place = place(info).with_context(|| from.clone())?;
        found.extend(place.map(|place| Snippet { from, place, code }));
    }
    Ok(found)
}

/// Parses the place that a fence names; `None` for code without one.
fn place(info: &str) -> Result<Option<Place>> {
    let (language, rest) = info.split_once(' ').unwrap_or((info, ""));
    if !matches!(language, "rust" | "ts") {
        return Ok(None);
    }
    let after = |words: &str| rest.strip_prefix(words).map(str::to_owned);
    Ok(Some(if let Some(path) = after("to ") {
        Place::File(path)
    } else if let Some(path) = after("end of ") {
        Place::End(path)
    } else if let Some(line) = after("in ").and_then(|line| at_line(&line)) {
        line
    } else if let Some(path) = after("found in ") {
        Place::Found(path)
    } else if let Some(arguments) = after("with ") {
        Place::Body(arguments)
    } else if !rest.is_empty() {
        bail!("`{rest}` is no place for a snippet");
    } else if language == "rust" {
        Place::Component
    } else {
        return Ok(None);
    }))
}

fn at_line(line: &str) -> Option<Place> {
    AT.into_iter().find_map(|(words, at)| {
        let (path, text) = line.split_once(words)?;
        Some(Place::Line(path.to_owned(), at, text.to_owned()))
    })
}

impl Snippet {
    /// Writes the snippet to its file below this folder. Bodies have no file.
    ///
    /// # Errors
    /// When the place does not exist.
    pub(super) fn put(&self, root: &Path) -> Result<()> {
        self.try_put(root).with_context(|| self.from.clone())
    }

    fn try_put(&self, root: &Path) -> Result<()> {
        let (path, text) = match &self.place {
            Place::File(path) => {
                let there = fs::read_to_string(root.join(path)).unwrap_or_default();
                ensure!(
                    there.is_empty() || there == self.code,
                    "{path} is not the same"
                );
                (path, self.code.clone())
            }
            Place::End(path) => (path, format!("{}\n{}", read(root, path)?, self.code)),
            Place::Line(path, at, text) => (path, self.at_line(&read(root, path)?, *at, text)?),
            Place::Found(_) | Place::Body(_) | Place::Component => return Ok(()),
        };
        fs::write(root.join(path), text).with_context(|| format!("writing {path}"))
    }

    fn at_line(&self, file: &str, at: At, text: &str) -> Result<String> {
        let mut lines: Vec<&str> = file.split_inclusive('\n').collect();
        let found = lines.iter().position(|line| line.contains(text));
        let found = found.with_context(|| format!("no line contains `{text}`"))?;
        match at {
            At::Before => lines.insert(found, &self.code),
            At::After => lines.insert(found + 1, &self.code),
            At::InsteadOf => lines[found] = &self.code,
        }
        Ok(lines.concat())
    }

    /// Searches the generated code for the lines of the snippet.
    ///
    /// # Errors
    /// When one is missing.
    pub(super) fn find(&self, root: &Path) -> Result<()> {
        let Place::Found(path) = &self.place else {
            return Ok(());
        };
        let file = read(root, path)?;
        for line in self.code.lines() {
            ensure!(file.contains(line), "{}: {path} has no `{line}`", self.from);
        }
        Ok(())
    }

    /// Wraps a body into an item; `None` for other snippets.
    pub(super) fn item(&self, number: usize) -> Option<String> {
        let code = &self.code;
        match &self.place {
            Place::Component => Some(format!(
                "#[component]\npub fn Snippet{number}() -> impl IntoView {{\n{code}}}\n"
            )),
            Place::Body(arguments) => Some(format!(
                "pub fn snippet_{number}({arguments}) -> Result<(), Box<dyn std::error::Error>> {{\n{code}Ok(())\n}}\n"
            )),
            _ => None,
        }
    }
}

fn read(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("there is no {path}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Place, Snippet, snippets};

    fn all(text: &str) -> Vec<Snippet> {
        snippets("a.md", text).expect("known places")
    }

    #[test]
    fn a_fence_names_the_place_of_its_code() {
        let text = "1. A\n\n   ```rust to a/b.rs\n   mod c;\n\n       let d;\n   ```\n\n```sh\nls\n```\n\n```ts\nlet e;\n```\n\n```rust\nf();\n```\n";
        let found = all(text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].from, "a.md:3");
        assert_eq!(found[0].place, Place::File("a/b.rs".to_owned()));
        assert_eq!(found[0].code, "mod c;\n\n    let d;\n");
        assert_eq!(found[1].place, Place::Component);
        assert!(snippets("a.md", "```rust below a\n```\n").is_err());
    }

    #[test]
    fn lines_go_to_the_line_with_the_text() {
        let folder = std::env::temp_dir().join(format!("how-to-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("a.rs"), "x;\n    y;\n").expect("a file");
        let put = |info: &str| {
            let text = format!("```rust {info}\n    new;\n```\n");
            all(&text)[0].put(&folder)
        };
        put("in a.rs before y;").expect("a place");
        let file = fs::read_to_string(folder.join("a.rs")).expect("a file");
        assert_eq!(file, "x;\n    new;\n    y;\n");
        put("in a.rs after x;").expect("a place");
        put("in a.rs instead of y;").expect("a place");
        let file = fs::read_to_string(folder.join("a.rs")).expect("a file");
        assert_eq!(file, "x;\n    new;\n    new;\n    new;\n");
        assert!(put("in a.rs before z").is_err());
        assert!(put("to a.rs").is_err());
        assert!(put("end of b.rs").is_err());
        fs::remove_dir_all(&folder).expect("the folder");
    }

    #[test]
    fn bodies_become_items() {
        let item = |text: &str| all(text)[0].item(1);
        let function = item("```rust with a: u8\nb(a)?;\n```\n").expect("a function");
        assert!(
            function.starts_with("pub fn snippet_1(a: u8)") && function.contains("b(a)?;\nOk(())")
        );
        assert!(item("```rust\nview! {}\n```\n").is_some_and(|it| it.contains("Snippet1()")));
        assert_eq!(item("```rust to a.rs\n```\n"), None);
    }
}
