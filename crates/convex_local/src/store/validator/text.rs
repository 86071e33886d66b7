//! Validators and values as errors show them.

use std::fmt;

use super::{Kind, Validator};
use crate::value::Value;

/// Longest part of a value that an error repeats, in characters.
const SHOWN: usize = 500;

pub(super) fn show(value: &Value) -> String {
    let text = match value {
        Value::Float64(n) if n.fract() == 0.0 => format!("{n:.1}"),
        other => other.to_json().to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
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
            Self::Literal(value) => write!(f, "v.literal({})", show(value)),
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
