//! The generator against a spec with everything in it: `tests/golden/{spec.json,api.rs}`.
//!
//! After a wanted change: `UPDATE_GOLDEN=1 cargo test -p xtask`, then read the difference.

use super::docs::Docs;
use super::source;
use super::spec::public_functions;
use crate::codegen::format_with;

const SPEC: &str = include_str!("../../tests/golden/spec.json");
const SOURCE: &str = include_str!("../../tests/golden/todos.ts");
const SCHEMA: &str = include_str!("../../tests/golden/schema.ts");

fn golden_docs() -> Docs {
    let mut docs = Docs::default();
    docs.add("todos", SOURCE);
    docs.add("schema", SCHEMA);
    docs
}

fn generated() -> String {
    let source = source(SPEC, &golden_docs()).expect("the golden spec is a spec");
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.rustfmt.toml");
    let mut rustfmt = std::process::Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--config-path", config]);
    format_with(&mut rustfmt, &source).expect("rustfmt takes it")
}

#[test]
fn writes_the_golden_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/api.rs");
    let text = generated();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &text).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(path).expect("the golden file is there");
    for (number, (ours, theirs)) in text.lines().zip(golden.lines()).enumerate() {
        assert_eq!(ours, theirs, "line {}", number + 1);
    }
    assert_eq!(text.lines().count(), golden.lines().count());
}

#[test]
fn is_the_same_each_time_and_in_any_order() {
    let mut spec: serde_json::Value = serde_json::from_str(SPEC).expect("JSON");
    let forwards = source(&spec.to_string(), &golden_docs()).expect("a spec");
    if let Some(list) = spec["functions"].as_array_mut() {
        list.reverse();
    }
    assert_eq!(
        source(&spec.to_string(), &golden_docs()).expect("a spec"),
        forwards
    );
}

#[test]
fn leaves_out_what_clients_cannot_call() {
    let functions = public_functions(SPEC).expect("a spec");
    let names: Vec<&str> = functions.iter().map(|f| f.identifier.as_str()).collect();
    assert!(names.contains(&"todos.js:list"));
    assert!(!names.contains(&"todos.js:purge"), "internal");
    assert!(!generated().contains("purge"));
}

#[test]
fn names_the_function_whose_validator_it_does_not_know() {
    let spec = r#"[{"identifier":"a.js:b","functionType":"Query","visibility":{"kind":"public"},"args":{"type":"vector"}}]"#;
    let error = public_functions(spec).expect_err("there is no such validator");
    assert!(format!("{error:#}").contains("a.js:b"), "{error:#}");
}
