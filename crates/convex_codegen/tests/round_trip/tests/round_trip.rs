//! A test that converts values allowed by validators to their Rust types and back.

use std::{collections::BTreeMap, sync::LazyLock};

use convex_codegen_round_trip::{SPEC, api, random::Random};
use leptos_convex::{
    Query, Value,
    value::{from_value, to_value},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

const VALUES: usize = 40;

type Check = fn(&mut Random);

/// The checks of the functions, in the order of the spec.
const CHECKS: &[Check] = include!(concat!(env!("OUT_DIR"), "/checks.rs"));

#[test]
fn values_of_every_schema_survive_the_round_trip() {
    let mut random = Random(2);
    for check in CHECKS {
        for _ in 0..VALUES {
            check(&mut random);
        }
    }
}

/// Returns a function of the spec.
fn function(index: usize) -> &'static Json {
    static READ: LazyLock<Json> =
        LazyLock::new(|| serde_json::from_str(SPEC).expect("the spec is JSON"));
    &READ["functions"][index]
}

fn without_arguments<T>(index: usize, call: fn() -> Query<T>, random: &mut Random)
where
    T: Serialize + DeserializeOwned,
{
    let _ = call();
    let function = function(index);
    round_trip::<T>(&function["identifier"], &function["returns"], random);
}

fn with_arguments<A, T>(index: usize, call: fn(A) -> Query<T>, random: &mut Random)
where
    A: Serialize + DeserializeOwned,
    T: Serialize + DeserializeOwned,
{
    let function = function(index);
    let args: A = round_trip(&function["identifier"], &function["args"], random);
    let _ = call(args);
    round_trip::<T>(&function["identifier"], &function["returns"], random);
}

fn round_trip<T: Serialize + DeserializeOwned>(
    function: &Json,
    validator: &Json,
    random: &mut Random,
) -> T {
    let value = value(validator, random);
    let typed: T = from_value(value.clone())
        .unwrap_or_else(|error| panic!("{function} {validator}: {error}: {value:?}"));
    let back = to_value(&typed).unwrap_or_else(|error| panic!("{function}: {error}: {value:?}"));
    assert_eq!(back, value, "{function} {validator}");
    typed
}

/// Returns a random value that the validator allows.
fn value(validator: &Json, random: &mut Random) -> Value {
    let of = |validator: &Json| validator.as_str().unwrap_or_default().to_owned();
    match of(&validator["type"]).as_str() {
        "null" => Value::Null,
        "number" => Value::Float64(number(random)),
        "bigint" => Value::Int64(integer(random)),
        "boolean" => Value::Boolean(random.below(2) == 0),
        "string" | "id" => text(random),
        "bytes" => Value::Bytes(random.bits().to_le_bytes()[..random.below(8)].to_vec()),
        "literal" => Value::from_json(validator["value"].clone()).expect("is a value"),
        "array" => {
            let items = (0..random.below(4)).map(|_| value(&validator["value"], random));
            Value::Array(items.collect())
        }
        "record" => {
            let fields = (0..random.below(4)).map(|n| {
                let value = value(&validator["values"]["fieldType"], random);
                (format!("key{n}"), value)
            });
            Value::Object(fields.collect())
        }
        "object" => {
            let mut fields = BTreeMap::new();
            for (name, field) in validator["value"].as_object().expect("has fields") {
                if field["optional"] == true && random.below(2) == 0 {
                    continue;
                }
                fields.insert(name.clone(), value(&field["fieldType"], random));
            }
            Value::Object(fields)
        }
        "union" => {
            let members = validator["value"].as_array().expect("has members");
            value(&members[random.below(members.len())], random)
        }
        _ => anything(random, 2),
    }
}

fn anything(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => Value::Float64(number(random)),
        2 => Value::Int64(integer(random)),
        3 => Value::Boolean(true),
        4 => text(random),
        5 => Value::Bytes(vec![0, 255]),
        6 => Value::Array(
            (0..random.below(3))
                .map(|_| anything(random, depth - 1))
                .collect(),
        ),
        _ => Value::Object(
            (0..random.below(3))
                .map(|n| (format!("f{n}"), anything(random, depth - 1)))
                .collect(),
        ),
    }
}

fn number(random: &mut Random) -> f64 {
    let any = f64::from_bits(random.bits());
    *random.of(&[
        &0.0,
        &-0.0,
        &1.0,
        &2.0,
        &-1.5,
        &1e300,
        &f64::NAN,
        &f64::INFINITY,
        &any,
    ])
}

fn integer(random: &mut Random) -> i64 {
    let any = i64::from_le_bytes(random.bits().to_le_bytes());
    *random.of(&[&0, &1, &5, &i64::MIN, &i64::MAX, &any])
}

fn text(random: &mut Random) -> Value {
    Value::from(random.of(&[
        "",
        "a",
        "1",
        "system",
        "in-progress",
        "k57cm2…",
        "\u{0}\"\\",
    ]))
}
