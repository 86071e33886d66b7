//! The rule that the app calls Better Auth through its typed client, and never by a path as text.

use super::source::{Source, literals};

/// The client's calls, the only place with these paths.
const CALLS: &str = "crates/leptos_better_auth/src/client/calls";

/// The file with the pages' paths, one of which is also a path of Better Auth.
const PAGES: &str = "app/src/paths.rs";

/// Finds paths of the client's calls in the app and its server.
pub(super) fn broken(sources: &[Source]) -> Vec<String> {
    let calls: Vec<&str> = sources
        .iter()
        .filter(|source| source.is_in(CALLS) && !source.name.ends_with("/tests.rs"))
        .flat_map(|source| source.code.lines().flat_map(literals))
        .filter(|text| text.starts_with('/') && text.len() > 1)
        .collect();
    let mut broken = Vec::new();
    for source in sources {
        if source.name == PAGES || !(source.is_in("app/src") || source.is_in("server/src")) {
            continue;
        }
        for (at, line) in source.lines() {
            let is_page = line.contains("path!(");
            for text in literals(line) {
                if !is_page && (calls.contains(&text) || is_below_auth(text)) {
                    broken.push(format!(
                        "{at}: \"{text}\" is a path of Better Auth; ask by AuthClient or auth_client()"
                    ));
                }
            }
        }
    }
    broken
}

fn is_below_auth(text: &str) -> bool {
    text.strip_prefix("/api/auth/")
        .is_some_and(|route| !route.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Source, broken};

    #[test]
    fn a_written_path_of_better_auth_is_reported() {
        let calls = "self.post(\"/sign-in/email\", &form)\n";
        let calls = Source::new(
            "crates/leptos_better_auth/src/client/calls/sign_in.rs",
            calls,
        );
        let app = "post(\"/sign-in/email\");\npost(\"/api/auth/ok\");\npost(\"/own/plugin\");\n\
                   path!(\"/sign-in/email\")\n";
        let found = broken(&[calls, Source::new("app/src/a.rs", app)]);
        let expected = [("1", "/sign-in/email"), ("2", "/api/auth/ok")].map(|(line, path)| {
            format!("app/src/a.rs:{line}: \"{path}\" is a path of Better Auth; ask by AuthClient or auth_client()")
        });
        assert_eq!(found, expected);
    }
}
