//! The tests that `SECURITY.md` names for its claims: each exists.

use anyhow::Result;
use leptos_convex_tasks::workspace::Workspace;

const FILE: &str = "SECURITY.md";

/// Lists the named files and tests that do not exist.
///
/// # Errors
/// When `SECURITY.md` cannot be read.
pub(super) fn broken(workspace: &Workspace) -> Result<Vec<String>> {
    let text = workspace.read(FILE)?;
    Ok(items(&text)
        .iter()
        .flat_map(|item| item.missing(workspace.read(&item.path).ok().as_deref()))
        .collect())
}

/// A file and its tests, from an item like ``  - `server/tests/it/site.rs`: `a_test`, "another … test"``.
#[derive(Debug, PartialEq)]
struct Item {
    path: String,
    /// Names of Rust tests.
    functions: Vec<String>,
    /// Titles of TypeScript tests. `…` stands for a value.
    titles: Vec<String>,
}

impl Item {
    /// Reads an item; `None` for one that does not begin with a path, such as a command.
    fn parse(text: &str) -> Option<Self> {
        let mut names = between(text, '`');
        let path = names.next()?;
        if !path.contains('/') || path.contains(' ') {
            return None;
        }
        let is_function = |name: &&str| {
            name.contains('_') && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
        };
        Some(Self {
            path: path.to_owned(),
            functions: names.filter(is_function).map(str::to_owned).collect(),
            titles: between(text, '"').map(str::to_owned).collect(),
        })
    }

    /// Lists what `file`, the text at the path, lacks.
    fn missing(&self, file: Option<&str>) -> Vec<String> {
        let Self { path, .. } = self;
        let Some(file) = file else {
            return vec![format!("{FILE}: there is no file {path}")];
        };
        let has_title = |title: &str| title.split('…').all(|part| file.contains(part.trim()));
        let functions = self.functions.iter();
        let functions = functions.filter(|name| !file.contains(&format!("fn {name}(")));
        let titles = self.titles.iter().filter(|title| !has_title(title));
        functions
            .chain(titles)
            .map(|test| format!("{FILE}: {path} has no test `{test}`"))
            .collect()
    }
}

/// Reads the nested items of a list, each with its continuation lines.
fn items(text: &str) -> Vec<Item> {
    let mut items: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        if let Some(item) = line.strip_prefix("  - ") {
            items.push(item.to_owned());
            is_open = true;
        } else if let (Some(more), true, Some(item)) =
            (line.strip_prefix("    "), is_open, items.last_mut())
        {
            *item += " ";
            *item += more;
        } else {
            is_open = false;
        }
    }
    items.iter().filter_map(|item| Item::parse(item)).collect()
}

/// Returns the texts between pairs of a mark.
fn between(text: &str, mark: char) -> impl Iterator<Item = &str> {
    text.split(mark).skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
- A claim.
  - `a/b.rs`: `a_test`,
    `another_test` (with `SameSite` cookies)
  - `a/c.ts`: \"a title
    of two lines\", \"… is refused\"
  - `cargo xtask bench proxy` measures it
- Another claim,
    which is long.
";

    #[test]
    fn finds_tests_that_are_gone() {
        let items = items(TEXT);
        assert_eq!(items.len(), 2, "{items:?}");
        assert_eq!(items[0].functions, ["a_test", "another_test"]);
        let missing = items[0].missing(Some("fn a_test() {}\nfn another_test_of_it() {}"));
        assert_eq!(missing, ["SECURITY.md: a/b.rs has no test `another_test`"]);
        assert_eq!(
            items[0].missing(None),
            ["SECURITY.md: there is no file a/b.rs"]
        );
        let file = "test(`${name} is refused`); test('a title of two lines')";
        assert!(items[1].missing(Some(file)).is_empty());
        let missing = items[1].missing(Some("test('a title of two')"));
        assert_eq!(missing.len(), 2, "{missing:?}");
    }
}
