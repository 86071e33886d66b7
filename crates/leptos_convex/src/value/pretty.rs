//! `JSON.stringify(value, null, 2)`, as a browser prints it.

use super::{Value, write_text};

impl Value {
    /// The text `JSON.stringify(value, null, 2)` gives in JavaScript, to the byte.
    ///
    /// Where JavaScript has no answer this one has: an int64 (a `bigint`, on which `JSON.stringify`
    /// throws) is printed as its digits. Bytes print as `{}`, `NaN` and the infinities as `null`, as there.
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
        Value::Float64(n) => write_number(*n, out),
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

/// ECMAScript's Number::toString: the shortest digits that round-trip, with an exponent from 1e21 on and
/// below 1e-6.
fn write_number(n: f64, out: &mut String) {
    if !n.is_finite() {
        out.push_str("null");
        return;
    }
    if n == 0.0 {
        out.push('0');
        return;
    }
    if n < 0.0 {
        out.push('-');
    }
    let scientific = format!("{:e}", n.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    write_digits(&digits, point, out);
}

/// Writes `0.digits × 10^point`.
fn write_digits(digits: &str, point: i32, out: &mut String) {
    let len = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    if (len..=21).contains(&point) {
        out.push_str(digits);
        push_zeros(point - len, out);
    } else if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    } else if (-5..=0).contains(&point) {
        out.push_str("0.");
        push_zeros(-point, out);
        out.push_str(digits);
    } else {
        let (first, rest) = digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        out.push_str(if point > 0 { "e+" } else { "e-" });
        out.push_str(&(point - 1).abs().to_string());
    }
}

fn push_zeros(count: i32, out: &mut String) {
    for _ in 0..count {
        out.push('0');
    }
}
