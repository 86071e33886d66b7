//! A test of the README: its Rust code compiles.

const README: &str = include_str!("../README.md");
const EXAMPLE: &str = include_str!("../examples/readme.rs");

#[test]
fn every_snippet_occurs_in_the_compiled_example() {
    let snippets: Vec<&str> = README
        .split("```rust")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect();
    assert_eq!(snippets.len(), 6, "{snippets:#?}");
    for snippet in snippets {
        let is_plain = snippet.starts_with('\n');
        assert!(is_plain, "the fence has attributes: {snippet}");
        assert!(EXAMPLE.contains(snippet.trim()), "{snippet}");
    }
}
