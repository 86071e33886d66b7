//! The test of values against npm `convex` in Node.js: each side decodes the other's encoding to the same value.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value as Json, json};

use super::{Value, tests::any_value};

const CASES: usize = 2_000;

/// Returns a value in a notation that both languages have: numbers by their bits, objects as sorted lists.
fn describe(value: &Value) -> Json {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let content = match value {
        Value::Null => return json!(["null"]),
        Value::Boolean(value) => json!(value),
        Value::Int64(value) => json!(value.to_string()),
        Value::Float64(value) => json!(format!("{:016x}", value.to_bits())),
        Value::String(text) => json!(text),
        Value::Bytes(bytes) => json!(hex(bytes)),
        Value::Array(items) => items.iter().map(describe).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| json!([name, describe(value)]))
            .collect(),
    };
    json!([value.kind(), content])
}

/// Replaces every `NaN` by the one that JavaScript has.
fn one_nan(value: Value) -> Value {
    match value {
        Value::Float64(number) if number.is_nan() => Value::Float64(f64::NAN),
        Value::Array(items) => Value::Array(items.into_iter().map(one_nan).collect()),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(fields.map(|(name, value)| (name, one_nan(value))).collect())
        }
        other => other,
    }
}

/// The seed to use, printed by a failed run; `None` for a random one.
const SEED: Option<uuid::Uuid> = None;

/// Returns random values.
fn values() -> Vec<Value> {
    let seed = SEED.unwrap_or_else(uuid::Uuid::new_v4);
    println!("seed: {seed}");
    let bytes = [*seed.as_bytes(), *seed.as_bytes()].concat();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut next = || {
        any_value()
            .new_tree(&mut runner)
            .expect("makes values")
            .current()
    };
    (0..CASES).map(|_| one_nan(next())).collect()
}

#[test]
fn values_are_encoded_and_decoded_as_by_the_javascript_library() {
    let values = values();
    let lines: String = values
        .iter()
        .map(|value| format!("{}\n", json!([describe(value), value.to_json_string()])))
        .collect();
    let mut node = Command::new("node")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/value/javascript.mjs"
        ))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js is installed");
    let mut input = node.stdin.take().expect("is piped");
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = node.wait_with_output().expect("Node.js runs");
    writer
        .join()
        .expect("writes")
        .expect("Node.js reads it all");
    assert!(
        output.status.success(),
        "npm packages are installed: `npm ci --prefix crates`"
    );
    let answers = String::from_utf8(output.stdout).expect("is text");
    assert_eq!(answers.lines().count(), values.len());
    for (value, answer) in values.iter().zip(answers.lines()) {
        let (described, encoded): (Json, String) = serde_json::from_str(answer).expect("is JSON");
        assert_eq!(
            described,
            describe(value),
            "decoded by JavaScript: {}",
            value.to_json_string()
        );
        let read = Value::from_json_str(&encoded).expect("JavaScript writes valid values");
        assert_eq!(&read, value, "encoded by JavaScript: {encoded}");
    }
}
