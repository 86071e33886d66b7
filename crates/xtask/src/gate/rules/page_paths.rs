//! The rule that a page's path is written once, in `app/src/paths.rs`.

use super::source::{Source, literals};

const LIST: &str = "app/src/paths.rs";

/// Finds paths of pages outside the list, and routes that are not in it.
pub(super) fn broken(sources: &[Source]) -> Vec<String> {
    let list = sources.iter().find(|source| source.name == LIST);
    let pages: Vec<(&str, &str)> = list
        .into_iter()
        .flat_map(|list| constants(&list.code))
        .collect();
    let mut broken = Vec::new();
    for source in sources {
        if source.name == LIST || !(source.is_in("app/src") || source.is_in("server/src")) {
            continue;
        }
        for (at, line) in source.lines() {
            let is_route = line.contains("path!(");
            for text in literals(line) {
                let page = pages.iter().find(|(_, path)| leads_to(text, path));
                if is_route && !text.is_empty() && !pages.iter().any(|(_, path)| *path == text) {
                    broken.push(format!(
                        "{at}: the route \"{text}\" is not in {LIST}; add a constant for it"
                    ));
                }
                if let (false, Some((name, _))) = (is_route, page) {
                    broken.push(format!(
                        "{at}: \"{text}\" is the path of a page; use paths::{name}"
                    ));
                }
            }
        }
    }
    broken
}

/// Lists the constants: name and path.
fn constants(code: &str) -> impl Iterator<Item = (&str, &str)> {
    code.lines().filter_map(|line| {
        let (name, path) = line.strip_prefix("pub const ")?.split_once(": &str = \"")?;
        let path = path.strip_suffix("\";")?;
        path.starts_with('/').then_some((name, path))
    })
}

/// Returns whether a string is this path, perhaps with a query. A single slash is too common to tell.
fn leads_to(text: &str, path: &str) -> bool {
    let rest = text.strip_prefix(path);
    path != "/" && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#']))
}

#[cfg(test)]
mod tests {
    use super::{Source, broken};

    fn found(name: &str, code: &str) -> Vec<String> {
        let list = "pub const LANDING: &str = \"/\";\npub const SETTINGS: &str = \"/settings\";\n";
        broken(&[
            Source::new("app/src/paths.rs", list),
            Source::new(name, code),
        ])
    }

    #[test]
    fn a_written_path_of_a_page_is_reported() {
        let expected =
            "app/src/a.rs:1: \"/settings?a=b\" is the path of a page; use paths::SETTINGS";
        assert_eq!(
            found("app/src/a.rs", "go(\"/settings?a=b\");\n"),
            [expected]
        );
        assert_eq!(found("server/src/a.rs", "go(\"/settings\");\n").len(), 1);
        for fine in [
            "go(\"/\")",
            "go(\"/settings/x\")",
            "go(paths::SETTINGS) // \"/settings\"",
        ] {
            assert!(found("app/src/a.rs", fine).is_empty(), "{fine}");
        }
        assert!(found("crates/a/src/a.rs", "go(\"/settings\")").is_empty());
    }

    #[test]
    fn a_route_must_be_in_the_list() {
        let route = |path: &str| {
            found(
                "app/src/routes.rs",
                &format!("<Route path=path!(\"{path}\")/>"),
            )
        };
        assert!(route("/settings").is_empty() && route("/").is_empty() && route("").is_empty());
        assert_eq!(
            route("/about"),
            [
                "app/src/routes.rs:1: the route \"/about\" is not in app/src/paths.rs; add a constant for it"
            ]
        );
    }
}
