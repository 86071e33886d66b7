//! Tests of the generator with a spec that contains everything: `tests/golden/{spec.json,api.rs}`.
//!
//! After an intended change, run `UPDATE_GOLDEN=1 cargo test -p convex_codegen`, and read the difference.

use convex_codegen::{Error, Generator, rustfmt_with};

const SPEC: &str = include_str!("golden/spec.json");
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");

fn generator(spec: &str) -> Generator {
    Generator::new(spec)
        .docs_from(FOLDER)
        .written_by("cargo xtask codegen")
}

fn generated() -> String {
    let source = generator(SPEC).source().expect("the golden spec is a spec");
    let mut rustfmt = std::process::Command::new("rustfmt");
    rustfmt.args(["--edition", "2024", "--config", "max_width=100"]);
    rustfmt_with(&mut rustfmt, &source).expect("rustfmt takes it")
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
    let source = |spec: &str| generator(spec).source().expect("a spec");
    let mut spec: serde_json::Value = serde_json::from_str(SPEC).expect("JSON");
    let forwards = source(&spec.to_string());
    if let Some(list) = spec["functions"].as_array_mut() {
        list.reverse();
    }
    assert_eq!(source(&spec.to_string()), forwards);
}

#[test]
fn leaves_out_internal_functions() {
    assert!(!generated().contains("purge"));
}

#[test]
fn an_unknown_validator_is_an_error_that_names_its_function() {
    let spec = r#"[{"identifier":"a.js:b","functionType":"Query","visibility":{"kind":"public"},"args":{"type":"vector"}}]"#;
    let error = Generator::new(spec)
        .source()
        .expect_err("there is no such validator");
    assert!(error.to_string().contains("a.js:b"), "{error}");
}

#[test]
fn a_function_without_a_validator_for_its_result_returns_any_value() {
    // In this form, `npx convex function-spec` prints a function without `returns`.
    let spec = r#"[{"identifier":"a.js:b","functionType":"Query","visibility":{"kind":"public"},"args":{"type":"object","value":{}},"returns":null}]"#;
    let source = Generator::new(spec).source().expect("a spec");
    assert!(source.contains("pub fn b() -> Query<Value> {"), "{source}");
}

#[test]
fn two_files_for_one_module_are_an_error_that_names_both() {
    let function = |file: &str| {
        format!(
            r#"{{"identifier":"{file}.js:get","functionType":"Query","visibility":{{"kind":"public"}}}}"#
        )
    };
    let spec = format!("[{},{}]", function("a/fooBar"), function("a/foo_bar"));
    let error = Generator::new(spec)
        .source()
        .expect_err("they have one name");
    assert!(matches!(error, Error::SameName { .. }));
    let text = error.to_string();
    assert!(
        text.contains("`a/fooBar`") && text.contains("`a/foo_bar`"),
        "{text}"
    );
}
