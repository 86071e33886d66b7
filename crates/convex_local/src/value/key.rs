//! Index keys: byte strings that sort as the values they stand for.
//!
//! Each value is a tag byte (the order of types) and a self-delimiting body, so that no key is a
//! proper prefix of another value's key and concatenated keys compare field by field.

use super::Value;

const UNDEFINED: u8 = 0x01;
const NULL: u8 = 0x02;
const INT64: u8 = 0x03;
const FLOAT64: u8 = 0x04;
const FALSE: u8 = 0x05;
const TRUE: u8 = 0x06;
const STRING: u8 = 0x07;
const BYTES: u8 = 0x08;
const ARRAY: u8 = 0x09;
const OBJECT: u8 = 0x0A;
/// Ends arrays and objects. It is lower than any tag, so that a shorter list sorts first.
const END: u8 = 0x00;

/// Returns the key of a row of values; `None` stands for `undefined`, before everything else.
pub fn encode_key<'a>(values: impl IntoIterator<Item = Option<&'a Value>>) -> Vec<u8> {
    let mut key = Vec::with_capacity(32);
    for value in values {
        match value {
            None => key.push(UNDEFINED),
            Some(value) => push_value(&mut key, value),
        }
    }
    key
}

/// Returns the first byte string after every key that starts with `prefix`, or `None` if there is none.
pub fn key_successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let keep = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut next = prefix[..=keep].to_vec();
    next[keep] += 1;
    Some(next)
}

fn push_value(key: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => key.push(NULL),
        Value::Int64(n) => {
            key.push(INT64);
            key.extend((n ^ i64::MIN).to_be_bytes());
        }
        Value::CommitTs => push_value(key, &Value::Int64(i64::MAX)),
        Value::Float64(n) => {
            key.push(FLOAT64);
            key.extend(order_preserving_bits(*n).to_be_bytes());
        }
        Value::Boolean(false) => key.push(FALSE),
        Value::Boolean(true) => key.push(TRUE),
        Value::String(text) => {
            key.push(STRING);
            push_escaped(key, text.as_bytes());
        }
        Value::Bytes(bytes) => {
            key.push(BYTES);
            push_escaped(key, bytes);
        }
        Value::Array(items) => {
            key.push(ARRAY);
            items.iter().for_each(|item| push_value(key, item));
            key.push(END);
        }
        Value::Object(fields) => {
            key.push(OBJECT);
            for (name, value) in fields {
                key.push(STRING);
                push_escaped(key, name.as_bytes());
                push_value(key, value);
            }
            key.push(END);
        }
    }
}

/// Flips the bits so that unsigned comparison equals `f64::total_cmp`.
fn order_preserving_bits(n: f64) -> u64 {
    let bits = n.to_bits();
    if bits >> 63 == 0 {
        bits | 1 << 63
    } else {
        !bits
    }
}

/// Writes bytes: zeros become `00 FF` and the end is `00 00`, so a prefix sorts before longer strings.
fn push_escaped(key: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        key.push(*byte);
        if *byte == 0 {
            key.push(u8::MAX);
        }
    }
    key.extend([0, 0]);
}
