//! `convex_encoded_json`: the JSON that Convex values travel as.
//!
//! The rules are those of `convexToJson` and `jsonToConvex` in npm `convex` (`src/values/value.ts`):
//! an int64 is `{"$integer": base64 of 8 bytes, little endian}`, bytes are `{"$bytes": base64}`, and the
//! floats JSON cannot write (`NaN`, infinities, `-0`) are `{"$float": base64}`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Number, Value as Json};

use super::{Object, Value};

/// JSON that no Convex value is encoded as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed Convex value: {0}")]
pub struct MalformedValue(&'static str);

/// Integers up to here are exact as JavaScript numbers and are written without a fraction.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

impl Value {
    /// Encodes this value as `convex_encoded_json`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Int64(n) => tagged("$integer", &n.to_le_bytes()),
            Self::Float64(n) => float_to_json(*n),
            Self::Boolean(b) => Json::Bool(*b),
            Self::String(text) => Json::String(text.clone()),
            Self::Bytes(bytes) => tagged("$bytes", bytes),
            Self::Array(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Object(fields) => Json::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), value.to_json()))
                    .collect(),
            ),
        }
    }

    /// [`Value::to_json`] as text without blanks. Equal values give equal texts.
    #[must_use]
    pub fn to_json_string(&self) -> String {
        self.to_json().to_string()
    }

    /// Decodes `convex_encoded_json`.
    ///
    /// # Errors
    /// When a `$`-tagged object is malformed. Objects that merely look unusual pass, as in the original.
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
            Json::Object(fields) => return object_from_json(fields),
        })
    }

    /// Decodes the text of a `convex_encoded_json` value.
    ///
    /// # Errors
    /// When the text is no JSON, or not JSON that a Convex value is encoded as.
    pub fn from_json_str(text: &str) -> Result<Self, MalformedValue> {
        serde_json::from_str(text)
            .map_err(|_| MalformedValue("not JSON"))
            .and_then(Self::from_json)
    }
}

fn float_to_json(n: f64) -> Json {
    let negative_zero = n == 0.0 && n.is_sign_negative();
    if !negative_zero && n.fract() == 0.0 && n.abs() <= MAX_SAFE_INTEGER {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be an integer in range"
        )]
        return Json::Number(Number::from(n as i64));
    }
    match Number::from_f64(n) {
        Some(number) if !negative_zero => Json::Number(number),
        _ => tagged("$float", &n.to_le_bytes()),
    }
}

fn tagged(tag: &str, bytes: &[u8]) -> Json {
    let mut object = Map::new();
    object.insert(tag.to_owned(), Json::String(STANDARD.encode(bytes)));
    Json::Object(object)
}

fn object_from_json(fields: Map<String, Json>) -> Result<Value, MalformedValue> {
    if fields.len() == 1
        && let Some((name, Json::String(text))) = fields.iter().next()
        && let Some(value) = untag(name, text)?
    {
        return Ok(value);
    }
    let mut object = Object::new();
    for (name, value) in fields {
        if name.starts_with('$') {
            return Err(MalformedValue("field name starts with `$`"));
        }
        object.insert(name, Value::from_json(value)?);
    }
    Ok(Value::Object(object))
}

fn untag(tag: &str, text: &str) -> Result<Option<Value>, MalformedValue> {
    Ok(Some(match tag {
        "$integer" => Value::Int64(i64::from_le_bytes(eight(text)?)),
        "$float" => {
            let n = f64::from_le_bytes(eight(text)?);
            if n.is_finite() && !(n == 0.0 && n.is_sign_negative()) {
                return Err(MalformedValue("`$float` of an ordinary number"));
            }
            Value::Float64(n)
        }
        "$bytes" => Value::Bytes(bytes(text)?),
        _ => return Ok(None),
    }))
}

fn bytes(text: &str) -> Result<Vec<u8>, MalformedValue> {
    STANDARD
        .decode(text)
        .map_err(|_| MalformedValue("not base64"))
}

fn eight(text: &str) -> Result<[u8; 8], MalformedValue> {
    bytes(text)?
        .try_into()
        .map_err(|_| MalformedValue("expected 8 bytes"))
}
