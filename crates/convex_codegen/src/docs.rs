//! Doc comments of the TypeScript sources, found by a simple scan without a parser.
//!
//! A `/** … */` belongs to the code right after it: `export const name`, or `name:` inside of the last export or table
//! that began.

use std::collections::BTreeMap;
use std::path::Path;

/// The docs, by owner (export, table, or none for the file itself) and name.
#[derive(Debug, Default)]
pub(crate) struct Docs {
    modules: BTreeMap<String, FileDocs>,
}

#[derive(Debug, Default)]
struct FileDocs {
    file: Vec<String>,
    /// Exports, other constants of the file, tables.
    declared: BTreeMap<String, Vec<String>>,
    /// By owner and name.
    fields: BTreeMap<(String, String), Vec<String>>,
    /// The names in a function's `returns:`.
    returned: BTreeMap<String, Vec<String>>,
}

impl Docs {
    /// Scans the sources of a `convex/` folder; files that cannot be read have no docs.
    pub(crate) fn scan(dir: &Path) -> Self {
        let mut docs = Self::default();
        docs.scan_dir(dir, "");
        docs
    }

    fn scan_dir(&mut self, dir: &Path, prefix: &str) {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() {
                if !name.starts_with('_') && name != "node_modules" {
                    self.scan_dir(&entry.path(), &format!("{prefix}{name}/"));
                }
            } else if let Some(module) = name
                .strip_suffix(".ts")
                .or_else(|| name.strip_suffix(".js"))
                && let Ok(source) = std::fs::read_to_string(entry.path())
            {
                self.add(&format!("{prefix}{module}"), &source);
            }
        }
    }

    /// Reads one source file.
    pub(crate) fn add(&mut self, module: &str, source: &str) {
        self.modules.insert(module.to_owned(), scan_file(source));
    }

    pub(crate) fn module(&self, module: &str) -> Vec<String> {
        self.modules
            .get(module)
            .map(|docs| docs.file.clone())
            .unwrap_or_default()
    }

    pub(crate) fn function(&self, module: &str, name: &str) -> Vec<String> {
        self.modules
            .get(module)
            .and_then(|docs| docs.declared.get(name))
            .cloned()
            .unwrap_or_default()
    }

    pub(crate) fn table(&self, table: &str) -> Vec<String> {
        self.function("schema", table)
    }

    /// Returns the docs of the constant that a function returns.
    pub(crate) fn result(&self, module: &str, function: &str) -> Vec<String> {
        let Some(file) = self.modules.get(module) else {
            return Vec::new();
        };
        let mut documented = file
            .returned(function)
            .filter_map(|name| file.declared.get(name));
        documented.next().cloned().unwrap_or_default()
    }

    /// Returns a field's docs: from the function's own declaration, otherwise from the constant that it returns,
    /// otherwise from the table's declaration in the schema.
    pub(crate) fn field(
        &self,
        module: &str,
        function: &str,
        table: Option<&str>,
        field: &str,
    ) -> Vec<String> {
        let find = |module: &str, owner: &str| {
            let fields = &self.modules.get(module)?.fields;
            fields.get(&(owner.to_owned(), field.to_owned())).cloned()
        };
        let returned = || {
            let mut names = self.modules.get(module)?.returned(function);
            names.find_map(|name| find(module, name))
        };
        let own = find(module, function).or_else(returned);
        own.or_else(|| find("schema", table?)).unwrap_or_default()
    }
}

impl FileDocs {
    fn returned(&self, function: &str) -> impl Iterator<Item = &str> {
        self.returned
            .get(function)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}

fn scan_file(source: &str) -> FileDocs {
    let mut docs = FileDocs::default();
    let mut owner = String::new();
    let mut pending: Option<Vec<String>> = None;
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let declared = declared_name(line);
        let line = line.trim();
        if line.starts_with("/**") {
            pending = Some(comment(line, &mut lines));
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let table = line.split_once(": defineTable(").map(|(name, _)| name);
        if let Some(name) = declared.or(table) {
            name.clone_into(&mut owner);
            if let Some(lines) = pending.take() {
                docs.declared.insert(name.to_owned(), lines);
            }
        } else if let Some(returned) = line.strip_prefix("returns:") {
            docs.returned.insert(owner.clone(), mentioned(returned));
        } else if let Some(lines) = pending.take() {
            if line.starts_with("import ") && docs.file.is_empty() {
                docs.file = lines;
            } else if let Some(name) = field_name(line) {
                docs.fields.insert((owner.clone(), name.to_owned()), lines);
            }
        }
    }
    docs
}

/// Returns the lines of a comment that begins on `first`, without its frame and `@tags`.
fn comment<'a>(first: &'a str, rest: &mut impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut text = vec![first.trim_start_matches("/**")];
    while !text.last().is_some_and(|line| line.contains("*/")) {
        let Some(line) = rest.next() else { break };
        text.push(line);
    }
    let mut lines: Vec<String> = text
        .iter()
        .map(|line| line.split("*/").next().unwrap_or_default().trim())
        .map(|line| line.strip_prefix('*').unwrap_or(line).trim().to_owned())
        .take_while(|line| !line.starts_with('@'))
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let mut is_code = false;
    lines
        .into_iter()
        .skip_while(String::is_empty)
        .map(|line| match language(&line) {
            Some(language) => {
                is_code = !is_code;
                // Without a language, rustdoc would compile it as a test in Rust.
                let is_bare = is_code && language.is_empty();
                line + if is_bare { "text" } else { "" }
            }
            None if is_code => line,
            None => escape(&line),
        })
        .collect()
}

/// Returns the language in a line that begins a block of code; it is empty in the line that ends one.
fn language(line: &str) -> Option<&str> {
    let language = line.strip_prefix("```")?.trim_start_matches('`').trim();
    (!language.contains('`')).then_some(language)
}

/// Escapes `[` and `<`, which have a meaning in rustdoc but not in JSDoc; code spans stay.
fn escape(line: &str) -> String {
    let parts: Vec<String> = line
        .split('`')
        .enumerate()
        .map(|(i, part)| {
            if i % 2 == 0 {
                part.replace('[', "\\[").replace('<', "\\<")
            } else {
                part.to_owned()
            }
        })
        .collect();
    parts.join("`")
}

/// Returns `list` for `export const list = query({`. Without `export` only at the start of a line, since an indented
/// line belongs to a function's body.
fn declared_name(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("export ").unwrap_or(line);
    let kinds = ["const ", "async function ", "function "];
    let rest = kinds.iter().find_map(|kind| rest.strip_prefix(kind))?;
    rest.split(|c: char| !is_name(c))
        .next()
        .filter(|name| !name.is_empty())
}

/// Returns the words that are values in an expression: `v.array(todo)` mentions `todo`, and `v.object({ count:
/// v.number() })` nothing.
fn mentioned(expression: &str) -> Vec<String> {
    let parts = expression.split(['(', ')', ',', '[', ']', ' ']);
    let words = parts.filter(|part| part.len() > 1 && part.chars().all(is_name));
    words.map(str::to_owned).collect()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns `text` for `text: v.string(),`.
fn field_name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(':')?;
    let name = name.trim_matches(['"', '\'']);
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::Docs;

    #[test]
    fn code_in_docs_is_not_escaped_and_is_no_test_in_rust() {
        let mut docs = Docs::default();
        docs.add(
            "todos",
            r"
            /**
             * Call it:
             * ```
             * const [first]: Array<Todo> = list();
             * ```
             * or [so]
             * ```ts
             * list()
             * ```
             */
            export const list = query({});
        ",
        );
        assert_eq!(
            docs.function("todos", "list"),
            [
                "Call it:",
                "```text",
                "const [first]: Array<Todo> = list();",
                "```",
                "or \\[so]",
                "```ts",
                "list()",
                "```",
            ]
        );
    }

    #[test]
    fn finds_docs_of_functions_fields_and_tables() {
        let mut docs = Docs::default();
        docs.add(
            "todos",
            r"
            /**
             * Things to do.
             */
            import { query } from './_generated/server';

            /** The caller's todos, [newest] first; `a[0]` and Array<T>. */
            export const list = query({
              args: {
                /** How many
                 * at most. */
                limit: v.number(),
              },
            });
            // not docs
            export const create = mutation({});
            export const stats = query({ args: {},
              returns: v.union(v.null(), statistics),
            });
            export const counts = query({
              returns: v.object({ statistics: v.number() }),
            });
/** Figures. */
const statistics = v.object({
  /** How many. */
  count: v.number(),
});
        ",
        );
        docs.add(
            "schema",
            r"
            export default defineSchema({
              /** One thing to do. */
              todos: defineTable({
                /** What is to be done. */
                text: v.string(),
              }),
            });
        ",
        );
        assert_eq!(docs.module("todos"), ["Things to do."]);
        assert_eq!(
            docs.function("todos", "list"),
            ["The caller's todos, \\[newest] first; `a[0]` and Array\\<T>."]
        );
        assert_eq!(
            docs.field("todos", "list", None, "limit"),
            ["How many", "at most."]
        );
        assert_eq!(docs.table("todos"), ["One thing to do."]);
        assert_eq!(
            docs.field("todos", "list", Some("todos"), "text"),
            ["What is to be done."]
        );
        assert!(docs.function("todos", "create").is_empty());
        assert_eq!(docs.result("todos", "stats"), ["Figures."]);
        assert!(docs.result("todos", "counts").is_empty());
        assert_eq!(docs.field("todos", "stats", None, "count"), ["How many."]);
    }
}
