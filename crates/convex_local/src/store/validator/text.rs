//! Validators and values as errors show them.

use std::fmt;

use super::{Kind, Validator};
use crate::value::Value;

/// The longest part of a value that an error repeats, in characters.
const SHOWN: usize = 500;

/// Formats a value for errors.
pub(super) fn show(value: &Value) -> String {
    let mut text = String::new();
    show_in_full(value, &mut text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Writes a value as Convex does in errors: `{a: 1.0, b: ["x"]}`.
fn show_in_full(value: &Value, text: &mut String) {
    match value {
        Value::Float64(n) => text.push_str(&format!("{n:?}")),
        Value::Int64(n) => text.push_str(&n.to_string()),
        Value::Array(items) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { ", " });
                show_in_full(item, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (i, (name, field)) in fields.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { ", " });
                text.push_str(name);
                text.push_str(": ");
                show_in_full(field, text);
            }
            text.push('}');
        }
        other => text.push_str(&other.to_json().to_string()),
    }
}

/// Formats a literal as in the source, if JSON can express it.
pub(super) fn show_literal(value: &Value) -> String {
    match value {
        Value::Float64(n) if !n.is_finite() => "<number>".to_owned(),
        Value::Int64(_) => "<bigint>".to_owned(),
        other => other.to_json().to_string(),
    }
}

impl fmt::Display for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("v.any()"),
            Self::Null => f.write_str("v.null()"),
            Self::Number => f.write_str("v.float64()"),
            Self::Bigint => f.write_str("v.int64()"),
            Self::Boolean => f.write_str("v.boolean()"),
            Self::String => f.write_str("v.string()"),
            Self::Bytes => f.write_str("v.bytes()"),
            Self::Id(table) => write!(f, "v.id(\"{table}\")"),
            Self::Literal(value) => write!(f, "v.literal({})", show_literal(value)),
            Self::Array(item) => write!(f, "v.array({item})"),
            Self::Record(keys, values) => write!(f, "v.record({keys}, {values})"),
            Self::Object(fields) => {
                f.write_str("v.object({")?;
                for (i, (name, field)) in fields.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    match field.optional {
                        true => write!(f, "{comma}{name}: v.optional({})", field.kind)?,
                        false => write!(f, "{comma}{name}: {}", field.kind)?,
                    }
                }
                f.write_str("})")
            }
            Self::Union(members) => {
                f.write_str("v.union(")?;
                for (i, member) in members.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}{member}")?;
                }
                f.write_str(")")
            }
        }
    }
}
