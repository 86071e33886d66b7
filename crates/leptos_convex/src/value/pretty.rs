//! `JSON.stringify(value, null, 2)`, as a browser prints it.

use super::{Value, float, write_text};

impl Value {
    /// Returns exactly the text that `JSON.stringify(value, null, 2)` gives in JavaScript.
    ///
    /// An int64 (a `bigint`, on which `JSON.stringify` throws) is printed as its digits. As in JavaScript, bytes
    /// print as `{}`, and `NaN` and the infinities as `null`.
    #[must_use]
    pub fn stringify_pretty(&self) -> String {
        let mut out = String::new();
        write(self, 0, &mut out);
        out
    }
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(true) => out.push_str("true"),
        Value::Boolean(false) => out.push_str("false"),
        Value::Int64(n) => out.push_str(&n.to_string()),
        Value::Float64(n) if n.is_finite() => out.push_str(&float::print(*n)),
        Value::Float64(_) => out.push_str("null"),
        Value::String(text) => write_text(text, out),
        Value::Bytes(_) => out.push_str("{}"),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(fields) if fields.is_empty() => out.push_str("{}"),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                start_line(index > 0, depth + 1, out);
                write(item, depth + 1, out);
            }
            start_line(false, depth, out);
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (index, (name, item)) in fields.iter().enumerate() {
                start_line(index > 0, depth + 1, out);
                write_text(name, out);
                out.push_str(": ");
                write(item, depth + 1, out);
            }
            start_line(false, depth, out);
            out.push('}');
        }
    }
}

fn start_line(comma: bool, depth: usize, out: &mut String) {
    if comma {
        out.push(',');
    }
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}
