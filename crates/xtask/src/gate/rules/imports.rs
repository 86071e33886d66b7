//! The paths that a module imports or names, read from its code.

/// A name that a module imports.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// Its path as written.
    pub(super) path: Vec<String>,
    /// Its name in this module.
    pub(super) alias: String,
    /// Whether others may import it from this module.
    pub(super) exported: bool,
}

/// Lists what code imports by `use`, and what it names by a path from `crate` or `super`.
pub(super) fn of(code: &str) -> Vec<Import> {
    let words = words(code);
    let mut imports = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match words[at] {
            "use" => {
                let exported = at
                    .checked_sub(1)
                    .is_some_and(|last| matches!(words[last], "pub" | ")"));
                let mut tree = Tree {
                    words: &words,
                    at: at + 1,
                    exported,
                    imports: &mut imports,
                };
                tree.read(&[]);
                at = tree.at;
            }
            "crate" | "super" if words.get(at + 1) == Some(&"::") => {
                let start = at;
                while words.get(at + 1) == Some(&"::")
                    && words.get(at + 2).is_some_and(|it| is_name(it))
                {
                    at += 2;
                }
                let path: Vec<String> = words[start..=at]
                    .iter()
                    .step_by(2)
                    .map(|it| (*it).to_owned())
                    .collect();
                let alias = path.last().cloned().unwrap_or_default();
                imports.push(Import {
                    path,
                    alias,
                    exported: false,
                });
                at += 1;
            }
            _ => at += 1,
        }
    }
    imports
}

/// The tree of one `use`.
struct Tree<'a> {
    words: &'a [&'a str],
    at: usize,
    exported: bool,
    imports: &'a mut Vec<Import>,
}

impl Tree<'_> {
    fn read(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        while let Some(word) = self.words.get(self.at).copied() {
            match word {
                "{" => {
                    self.at += 1;
                    while !matches!(self.words.get(self.at), None | Some(&"}" | &";")) {
                        self.read(&path);
                        if self.words.get(self.at) == Some(&",") {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "::" => self.at += 1,
                "," | "}" | ";" => break,
                "as" => {
                    let alias = self.words.get(self.at + 1).copied().unwrap_or_default();
                    self.at += 2;
                    return self.push(path, alias);
                }
                word => {
                    path.push(word.to_owned());
                    self.at += 1;
                }
            }
        }
        let alias = path.last().cloned().unwrap_or_default();
        self.push(path, &alias);
    }

    fn push(&mut self, path: Vec<String>, alias: &str) {
        self.imports.push(Import {
            path,
            alias: alias.to_owned(),
            exported: self.exported,
        });
    }
}

/// Splits code into names, `::`, and single other characters. Strings are left out.
fn words(code: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if first == '_' || first.is_alphanumeric() {
            rest.find(|c: char| c != '_' && !c.is_alphanumeric())
                .unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else if rest.starts_with("'\"'") {
            3
        } else if first == '"' {
            rest = after_text(&rest[1..]);
            continue;
        } else {
            first.len_utf8()
        };
        if !first.is_whitespace() {
            words.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    words
}

/// Returns the code after the quote that ends a string.
fn after_text(text: &str) -> &str {
    let mut escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c == '_' || c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn trees_of_imports_are_flattened() {
        let code = "pub(crate) use a::{b, c as d, e::{self, f}};\nlet quote = '\"';\nuse super::g;\nlet h = crate::i::J::new(\"use k;\");\n";
        let found: Vec<String> = of(code)
            .iter()
            .map(|it| format!("{} {} {}", it.path.join("::"), it.alias, it.exported))
            .collect();
        let expected = [
            "a::b b true",
            "a::c d true",
            "a::e::self self true",
            "a::e::f f true",
            "super::g g false",
            "crate::i::J::new new false",
        ];
        assert_eq!(found, expected);
    }
}
