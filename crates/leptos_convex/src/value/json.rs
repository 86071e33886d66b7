//! The encoding `convex_encoded_json`: the JSON form of Convex values.
//!
//! The rules are those of `convexToJson` and `jsonToConvex` in npm `convex` (`src/values/value.ts`):
//! an int64 is `{"$integer": base64 of 8 bytes, little endian}`, bytes are `{"$bytes": base64}`, and the
//! floats JSON cannot write (`NaN`, infinities, `-0`) are `{"$float": base64}`.

use serde_json::{Map, Number, Value as Json};

use super::{
    MalformedValue, Object, Value, float,
    reader::Reader,
    tag::{DOLLAR, is_negative_zero, untag},
};

/// Integers up to here are exact as JavaScript numbers and are written without a fraction.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

impl Value {
    /// Encodes this value as `convex_encoded_json`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        if let Some((tag, text)) = self.tag() {
            let mut object = Map::new();
            object.insert(tag.to_owned(), Json::String(text));
            return Json::Object(object);
        }
        match self {
            Self::Null | Self::Int64(_) | Self::Bytes(_) => Json::Null,
            Self::Float64(n) => {
                safe_integer(*n).map_or_else(|| Json::from(*n), |n| Json::Number(Number::from(n)))
            }
            Self::Boolean(b) => Json::Bool(*b),
            Self::String(text) => Json::String(text.clone()),
            Self::Array(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Object(fields) => Json::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), value.to_json()))
                    .collect(),
            ),
        }
    }

    /// Does what [`Value::to_json`] does, but returns text without whitespace. Equal values give equal texts.
    #[must_use]
    pub fn to_json_string(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    pub(crate) fn write_json(&self, out: &mut String) {
        if let Some((tag, text)) = self.tag() {
            // Neither contains characters to escape.
            for part in ["{\"", tag, "\":\"", &text, "\"}"] {
                out.push_str(part);
            }
            return;
        }
        match self {
            Self::Null | Self::Int64(_) | Self::Bytes(_) => out.push_str("null"),
            Self::Float64(n) => match safe_integer(*n) {
                Some(n) => out.push_str(&n.to_string()),
                None => out.push_str(&float::print(*n)),
            },
            Self::Boolean(b) => out.push_str(if *b { "true" } else { "false" }),
            Self::String(text) => write_text(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    separate(index, out);
                    item.write_json(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    separate(index, out);
                    write_text(name, out);
                    out.push(':');
                    value.write_json(out);
                }
                out.push('}');
            }
        }
    }

    /// Decodes `convex_encoded_json`. The numbers are those that `serde_json` parsed. They may be off by the last bit
    /// unless its feature `float_roundtrip` is on. [`Value::from_json_str`] is always exact.
    ///
    /// # Errors
    /// When a `$`-tagged object is malformed. Other unusual objects are accepted, as in npm `convex`.
    pub fn from_json(json: Json) -> Result<Self, MalformedValue> {
        Ok(match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Boolean(b),
            Json::Number(n) => {
                Self::Float64(n.as_f64().ok_or(MalformedValue("number out of range"))?)
            }
            Json::String(text) => Self::String(text),
            Json::Array(items) => Self::Array(
                items
                    .into_iter()
                    .map(Self::from_json)
                    .collect::<Result<_, _>>()?,
            ),
            Json::Object(fields) => {
                let fields = fields.into_iter();
                let decoded = fields.map(|(name, value)| Ok((name, Self::from_json(value)?)));
                return Self::from_fields(decoded.collect::<Result<_, MalformedValue>>()?);
            }
        })
    }

    /// Creates the value that an object with these fields encodes.
    ///
    /// # Errors
    /// When a field starts with `$` and is not one of the tags, or when its text does not fit the tag.
    pub(super) fn from_fields(fields: Object) -> Result<Self, MalformedValue> {
        if fields.len() == 1
            && let Some((name, Self::String(text))) = fields.iter().next()
            && let Some(value) = untag(name, text)?
        {
            return Ok(value);
        }
        if fields.keys().any(|name| name.starts_with('$')) {
            return Err(DOLLAR);
        }
        Ok(Self::Object(fields))
    }

    /// Decodes the text of a `convex_encoded_json` value.
    ///
    /// # Errors
    /// When the text is not JSON, or when it does not encode a Convex value.
    pub fn from_json_str(text: &str) -> Result<Self, MalformedValue> {
        let mut reader = Reader::new(text);
        let value = reader.value()?;
        reader.end()?;
        Ok(value)
    }
}

/// Returns `n` as an integer, if JavaScript would write it as one.
pub(super) fn safe_integer(n: f64) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be an integer in range"
    )]
    (!is_negative_zero(n) && n.fract() == 0.0 && n.abs() <= MAX_SAFE_INTEGER).then_some(n as i64)
}

pub(super) fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// Writes `text` with quotes, as `JSON.stringify` does.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[from..at]);
        from = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            _ => {
                out.push_str("\\u00");
                for digit in [byte >> 4, byte & 15] {
                    out.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
                }
            }
        }
    }
    out.push_str(&text[from..]);
    out.push('"');
}
