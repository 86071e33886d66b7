//! The rules for the style of modules and the width of comments.

use std::collections::BTreeSet;

use super::source::Source;

/// The maximum width of comments, from `docs/style.md`.
const COMMENT_WIDTH: usize = 120;

/// Finds modules in the other style and comments that are too wide.
pub(super) fn broken(sources: &[Source]) -> Vec<String> {
    let folders: BTreeSet<&str> = sources
        .iter()
        .filter_map(|source| Some(source.name.rsplit_once('/')?.0))
        .collect();
    let mut broken = Vec::new();
    for source in sources {
        let module = source.name.strip_suffix(".rs").unwrap_or(&source.name);
        // A test program is a file next to the folder of its modules.
        let is_test = source.name.contains("/tests/");
        if !is_test && folders.contains(module) {
            broken.push(format!(
                "{}: has a folder beside it; move it to {module}/mod.rs",
                source.name
            ));
        }
        if source.name == "app/src/api.rs" {
            continue;
        }
        for (index, line) in source.text.lines().enumerate() {
            let width = line.chars().count();
            let text = line.trim_start();
            // Addresses and the hidden code of examples cannot be broken.
            let whole = line.contains("://") || text.starts_with("/// # ");
            if text.starts_with("//") && width > COMMENT_WIDTH && !whole {
                broken.push(format!(
                    "{}:{}: a comment of {width} columns; break it at {COMMENT_WIDTH}",
                    source.name,
                    index + 1
                ));
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::{COMMENT_WIDTH, Source, broken};

    #[test]
    fn a_module_with_children_must_be_in_their_folder() {
        let child = || Source::new("app/src/a/b.rs", "");
        let other = broken(&[Source::new("app/src/a.rs", ""), child()]);
        assert_eq!(
            other,
            ["app/src/a.rs: has a folder beside it; move it to app/src/a/mod.rs"]
        );
        assert!(broken(&[Source::new("app/src/a/mod.rs", ""), child()]).is_empty());
    }

    #[test]
    fn a_comment_wider_than_the_limit_is_reported() {
        let of = |length: usize| format!("    // {}\n", "ä".repeat(length - 7));
        assert!(broken(&[Source::new("app/src/a.rs", of(COMMENT_WIDTH))]).is_empty());
        assert_eq!(
            broken(&[Source::new("app/src/a.rs", of(COMMENT_WIDTH + 1))]),
            ["app/src/a.rs:1: a comment of 121 columns; break it at 120"]
        );
        let address = format!("// https://{}\n", "a".repeat(COMMENT_WIDTH));
        assert!(broken(&[Source::new("app/src/a.rs", address)]).is_empty());
    }
}
