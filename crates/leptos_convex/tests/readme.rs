//! Tests of the README: its Rust code compiles, and its links lead outside of the repository.

const README: &str = include_str!("../README.md");
const EXAMPLE: &str = include_str!("../examples/five_steps.rs");

/// Returns the Rust snippets, without the indentation of a list.
fn snippets() -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = README.lines();
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        if line.trim_start() != "```rust" {
            continue;
        }
        let snippet: Vec<&str> = lines
            .by_ref()
            .take_while(|line| line.trim_start() != "```")
            .map(|line| line.get(indent..).unwrap_or_default())
            .collect();
        found.push(snippet.join("\n"));
    }
    found
}

#[test]
fn every_snippet_occurs_in_the_compiled_example() {
    let snippets = snippets();
    assert_eq!(snippets.len(), 3, "{snippets:#?}");
    for snippet in snippets {
        assert!(EXAMPLE.contains(&snippet), "{snippet}");
    }
}

#[test]
fn links_work_outside_of_the_repository() {
    for readme in [
        README,
        include_str!("../../leptos_better_auth/README.md"),
        include_str!("../../convex_codegen/README.md"),
        include_str!("../../convex_local/README.md"),
    ] {
        for target in readme.split("](").skip(1) {
            let target = target.split(')').next().unwrap_or_default();
            assert!(
                target.starts_with("https://") || target.starts_with('#'),
                "{target}"
            );
        }
    }
}
