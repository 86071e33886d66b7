//! The generator of random function specs and of handles for them.

#[expect(unreachable_pub, reason = "the library has it too")]
#[path = "src/random.rs"]
mod random;

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use convex_codegen::Generator;
use serde_json::{Map, Value, json};

use self::random::Random;

/// Files of `convex/`, and the names of their modules.
const FILES: &[(&str, &str)] = &[
    ("a", "a"),
    ("a/f64", "a::f64_"),
    ("a/tables", "a::tables_"),
    ("leptosConvex", "leptos_convex"),
    ("mod", "r#mod"),
    ("self", "self_"),
    ("serde", "serde"),
    ("std", "std"),
    ("tables", "tables_"),
];

/// Functions, and their names in Rust. They are sorted by their JavaScript names, in whose order clashes are numbered.
const FUNCTIONS: &[(&str, &str)] = &[
    ("$", "unnamed"),
    ("args", "args"),
    ("default", "default"),
    ("drop", "drop"),
    ("fetchString", "fetch_string"),
    ("getId", "get_id"),
    ("getOption", "get_option"),
    ("getQuery", "get_query"),
    ("getResult", "get_result"),
    ("get_id", "get_id2"),
    ("loadValue", "load_value"),
    ("match", "r#match"),
    ("r", "r"),
    ("some", "some"),
    ("String", "string"),
    ("values", "values"),
];

const TABLES: &[&str] = &[
    "i64",
    "options",
    "queries",
    "results",
    "selves",
    "strings",
    "tables",
    "todos",
    "userPosts",
    "user_posts",
    "values",
];

const FIELDS: &[&str] = &[
    "1st",
    "A",
    "_creationTime",
    "a",
    "class",
    "deserializer",
    "fields",
    "foo bar",
    "fooBar",
    "foo_bar",
    "is-done!",
    "self",
    "serializer",
    "type",
    "value",
    "~",
];

const TEXTS: &[&str] = &[
    "",
    "\"\\\n",
    "1",
    "A",
    "None",
    "Self",
    "a",
    "in-progress",
    "草稿",
    "😀",
];

/// Returns schemas whose types were once wrong.
fn known() -> Vec<Value> {
    let object = |fields: &[(&str, Value, bool)]| {
        let field = |(name, ty, optional): &(&str, Value, bool)| {
            (
                (*name).to_owned(),
                json!({ "fieldType": ty, "optional": optional }),
            )
        };
        json!({ "type": "object", "value": fields.iter().map(field).collect::<Map<_, _>>() })
    };
    let union = |members: &[Value]| json!({ "type": "union", "value": members });
    let text = json!({ "type": "string" });
    let number = json!({ "type": "number" });
    let any = json!({ "type": "any" });
    let id = |table: &str| json!({ "type": "id", "tableName": table });
    let literal = |value: Value| json!({ "type": "literal", "value": value });
    let short = object(&[("a", text.clone(), false)]);
    vec![
        union(&[
            short,
            object(&[("a", text.clone(), false), ("b", number.clone(), false)]),
        ]),
        union(&[
            object(&[("email", text.clone(), true)]),
            object(&[("phone", text.clone(), false)]),
        ]),
        union(&[
            object(&[
                ("version", literal(json!(1)), false),
                ("x", number.clone(), false),
            ]),
            object(&[
                ("version", literal(json!(2)), false),
                ("x", number.clone(), false),
            ]),
        ]),
        union(&[
            object(&[
                ("ok", literal(json!(true)), false),
                ("x", any.clone(), true),
            ]),
            object(&[
                ("ok", literal(json!(false)), false),
                ("x", any.clone(), true),
            ]),
        ]),
        union(&[id("userPosts"), literal(json!("system"))]),
        union(&[id("options"), id("todos"), json!({ "type": "null" })]),
        union(&[id("options"), text]),
        union(&[number.clone(), json!({ "type": "bigint" })]),
        union(&[json!({ "type": "bigint" }), number]),
        union(&[
            object(&[
                ("kind", literal(json!("raw")), false),
                ("data", any.clone(), false),
            ]),
            object(&[("kind", literal(json!("none")), false)]),
        ]),
        union(&[literal(json!(1)), literal(json!(2)), literal(json!(3))]),
        literal(json!({ "$integer": "BQAAAAAAAAA=" })),
        object(&[
            ("absent", any, true),
            ("null", json!({ "type": "null" }), true),
            (
                "bytes",
                union(&[json!({ "type": "bytes" }), json!({ "type": "null" })]),
                true,
            ),
        ]),
    ]
}

fn validator(random: &mut Random, depth: usize) -> Value {
    let kinds = if depth == 0 { 10 } else { 16 };
    match random.below(kinds) {
        0 => json!({ "type": "any" }),
        1 => json!({ "type": "null" }),
        2 => json!({ "type": "number" }),
        3 => json!({ "type": "bigint" }),
        4 => json!({ "type": "boolean" }),
        5 => json!({ "type": "string" }),
        6 => json!({ "type": "bytes" }),
        7 => json!({ "type": "id", "tableName": random.of(TABLES) }),
        8 | 9 => literal(random),
        10 => json!({ "type": "array", "value": validator(random, depth - 1) }),
        11 => {
            let keys = match random.below(2) {
                0 => json!({ "type": "string" }),
                _ => json!({ "type": "id", "tableName": random.of(TABLES) }),
            };
            let values = json!({ "fieldType": validator(random, depth - 1), "optional": false });
            json!({ "type": "record", "keys": keys, "values": values })
        }
        12 | 13 => object(random, depth, None),
        14 => {
            let members: Vec<Value> = (0..2 + random.below(3))
                .map(|_| validator(random, depth - 1))
                .collect();
            json!({ "type": "union", "value": members })
        }
        _ => {
            let tag = random.of(FIELDS);
            let members: Vec<Value> = (0..2 + random.below(3))
                .map(|_| object(random, depth, Some(tag)))
                .collect();
            json!({ "type": "union", "value": members })
        }
    }
}

fn literal(random: &mut Random) -> Value {
    let value = match random.below(6) {
        0..3 => json!(random.of(TEXTS)),
        3 => json!([-1.5, 0.0, 1.0, 2.0][random.below(4)]),
        4 => json!(random.below(2) == 0),
        _ => json!({ "$integer": random.of(&["BQAAAAAAAAA=", "AAAAAAAAAIA="]) }),
    };
    json!({ "type": "literal", "value": value })
}

fn object(random: &mut Random, depth: usize, tag: Option<&str>) -> Value {
    let mut fields = Map::new();
    for _ in 0..random.below(5) {
        let field =
            json!({ "fieldType": validator(random, depth - 1), "optional": random.below(3) == 0 });
        fields.insert(random.of(FIELDS).to_owned(), field);
    }
    // Some objects are documents.
    if random.below(3) == 0 {
        let id = json!({ "type": "id", "tableName": random.of(TABLES) });
        fields.insert(
            "_id".to_owned(),
            json!({ "fieldType": id, "optional": false }),
        );
    }
    if let Some(tag) = tag {
        let field = json!({ "fieldType": literal(random), "optional": false });
        fields.insert(tag.to_owned(), field);
    }
    json!({ "type": "object", "value": fields })
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=CODEGEN_SEED");
    let seed = std::env::var("CODEGEN_SEED").ok();
    let mut random = Random(seed.map_or(Ok(1), |seed| seed.parse())?);
    let mut known = known();
    let mut functions = Vec::new();
    let mut checks = String::from("&[\n");
    for (file, module) in FILES {
        for (name, rust) in FUNCTIONS {
            let returns = known.pop().unwrap_or_else(|| validator(&mut random, 3));
            let with_args = random.below(3) == 0;
            let (args, check) = if with_args {
                let mut args = object(&mut random, 3, None);
                // Without any field, the function would take no arguments.
                args["value"]["n"] =
                    json!({ "fieldType": { "type": "number" }, "optional": false });
                (args, "with_arguments")
            } else {
                (
                    json!({ "type": "object", "value": {} }),
                    "without_arguments",
                )
            };
            let index = functions.len();
            writeln!(checks, "|v| {check}({index}, api::{module}::{rust}, v),")?;
            functions.push(json!({
                "identifier": format!("{file}.js:{name}"),
                "functionType": "Query",
                "visibility": { "kind": "public" },
                "args": args,
                "returns": returns,
            }));
        }
    }
    checks.push(']');
    let spec = json!({ "functions": functions }).to_string();
    let out = std::env::var("OUT_DIR")?;
    let out = Path::new(&out);
    std::fs::write(out.join("spec.json"), &spec)?;
    std::fs::write(out.join("checks.rs"), checks)?;
    Generator::new(spec).write_included(out.join("api.rs"))?;
    Ok(())
}
