//! `convex_encoded_json`: JSON with `$integer`, `$bytes` and `$float` for what JSON lacks.
//!
//! Source: `npm-packages/convex/src/values/value.ts` (`convexToJson`, `jsonToConvex`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};

use super::{Object, Value};

/// The reasons why JSON is not a Convex value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// `{"$integer": …}` or a similar wrapper with an invalid content.
    #[error("`{0}` does not hold a valid encoded value")]
    BadSpecial(&'static str),
    /// The time of a commit where there is no commit.
    #[error(
        "db.vars.commitTs can only be used in documents that a mutation writes, in ranges of indexes \
         and in arguments of functions that the mutation calls"
    )]
    CommitTs,
    /// A field name that Convex reserves.
    #[error("Field name {0} starts with '$', which is reserved.")]
    ReservedFieldName(String),
    /// A field name that Convex cannot store.
    #[error(
        "Field name {0} has invalid character {1:?}: Field names can only contain non-control \
         ASCII characters"
    )]
    BadFieldName(String, char),
    /// A field name that is longer than Convex allows.
    #[error("Field name is too long ({0} > maximum {MAX_FIELD_NAME})")]
    LongFieldName(usize),
    /// A JSON number outside what a float64 can hold.
    #[error("Number {0} does not fit a float64")]
    BadNumber(String),
    /// An object was needed.
    #[error("Expected an object")]
    NotAnObject,
}

impl Value {
    /// Returns the value in Convex's JSON encoding.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Int64(n) => json!({ "$integer": BASE64.encode(n.to_le_bytes()) }),
            Self::Float64(n) => float_to_json(*n),
            Self::Boolean(b) => Json::Bool(*b),
            Self::String(s) => Json::String(s.clone()),
            Self::Bytes(b) => json!({ "$bytes": BASE64.encode(b) }),
            Self::Array(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Object(fields) => object_to_json(fields),
            Self::CommitTs => json!({ COMMIT_TS: null }),
        }
    }

    /// Reads a value from Convex's JSON encoding.
    ///
    /// # Errors
    /// When a `$…` wrapper is malformed or a field name is not allowed.
    pub fn from_json(json: &Json) -> Result<Self, JsonError> {
        Self::read(json, false)
    }

    /// Reads a value that may contain the time of the coming commit.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json).
    pub(crate) fn from_uncommitted_json(json: &Json) -> Result<Self, JsonError> {
        Self::read(json, true)
    }

    fn read(json: &Json, uncommitted: bool) -> Result<Self, JsonError> {
        Ok(match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Boolean(*b),
            Json::Number(n) => Self::Float64(
                n.as_f64()
                    .filter(|n| n.is_finite())
                    .ok_or(JsonError::BadNumber(n.to_string()))?,
            ),
            Json::String(s) => Self::String(s.clone()),
            Json::Array(items) => Self::Array(
                items
                    .iter()
                    .map(|item| Self::read(item, uncommitted))
                    .collect::<Result<_, _>>()?,
            ),
            Json::Object(fields) if uncommitted && is_commit_ts(fields) => Self::CommitTs,
            Json::Object(fields) => match special(fields)? {
                Some(value) => value,
                None => Self::Object(fields_from_json(fields, uncommitted)?),
            },
        })
    }
}

/// Reads an object, as arguments and documents must be.
///
/// # Errors
/// When `json` is not an object or contains something that is not a Convex value.
pub fn object_from_json(json: &Json) -> Result<Object, JsonError> {
    match Value::from_json(json)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(JsonError::NotAnObject),
    }
}

/// Reads the fields of a document that is to be written.
///
/// # Errors
/// As [`object_from_json`].
pub(crate) fn document_from_json(json: &Json) -> Result<Object, JsonError> {
    match Value::from_uncommitted_json(json)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(JsonError::NotAnObject),
    }
}

/// The placeholder for the time of the coming commit.
pub(crate) const COMMIT_TS: &str = "$commitTs";

/// Returns whether the JSON of a value contains the time of the coming commit.
pub(crate) fn awaits_commit(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.iter().any(awaits_commit),
        Json::Object(fields) => is_commit_ts(fields) || fields.values().any(awaits_commit),
        _ => false,
    }
}

/// Puts the time of the commit into the JSON of a value.
pub(crate) fn commit_json_at(json: &mut Json, ts: i64) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| commit_json_at(item, ts)),
        Json::Object(fields) if is_commit_ts(fields) => *json = Value::Int64(ts).to_json(),
        Json::Object(fields) => fields
            .values_mut()
            .for_each(|field| commit_json_at(field, ts)),
        _ => {}
    }
}

fn is_commit_ts(fields: &Map<String, Json>) -> bool {
    fields.len() == 1 && fields.get(COMMIT_TS).is_some_and(Json::is_null)
}

fn object_to_json(fields: &Object) -> Json {
    Json::Object(
        fields
            .iter()
            .map(|(name, value)| (name.clone(), value.to_json()))
            .collect(),
    )
}

fn float_to_json(n: f64) -> Json {
    let negative_zero = n == 0.0 && n.is_sign_negative();
    match serde_json::Number::from_f64(n) {
        // Whole numbers print without a fraction, as JavaScript prints them.
        Some(_) if !negative_zero && n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0 => {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            let whole = n as i64;
            Json::from(whole)
        }
        Some(number) if !negative_zero => Json::Number(number),
        _ => json!({ "$float": BASE64.encode(n.to_le_bytes()) }),
    }
}

pub(super) fn special(fields: &Map<String, Json>) -> Result<Option<Value>, JsonError> {
    let mut entries = fields.iter();
    let (Some((name, payload)), None) = (entries.next(), entries.next()) else {
        return Ok(None);
    };
    let decode = || payload.as_str().and_then(|text| BASE64.decode(text).ok());
    let eight = |tag| {
        decode()
            .and_then(|b| <[u8; 8]>::try_from(b).ok())
            .ok_or(JsonError::BadSpecial(tag))
    };
    Ok(Some(match name.as_str() {
        "$integer" => Value::Int64(i64::from_le_bytes(eight("$integer")?)),
        "$float" => Value::Float64(f64::from_le_bytes(eight("$float")?)),
        COMMIT_TS => return Err(JsonError::CommitTs),
        "$bytes" => Value::Bytes(decode().ok_or(JsonError::BadSpecial("$bytes"))?),
        _ => return Ok(None),
    }))
}

fn fields_from_json(fields: &Map<String, Json>, uncommitted: bool) -> Result<Object, JsonError> {
    let mut object = Object::new();
    for (name, value) in fields {
        check_field_name(name)?;
        object.insert(name.clone(), Value::read(value, uncommitted)?);
    }
    Ok(object)
}

/// The longest field name, in bytes.
const MAX_FIELD_NAME: usize = 1024;

pub(super) fn check_field_name(name: &str) -> Result<(), JsonError> {
    if name.starts_with('$') {
        return Err(JsonError::ReservedFieldName(name.to_owned()));
    }
    if let Some(c) = name.chars().find(|c| !c.is_ascii() || c.is_ascii_control()) {
        return Err(JsonError::BadFieldName(name.to_owned(), c));
    }
    if name.len() > MAX_FIELD_NAME {
        return Err(JsonError::LongFieldName(name.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_in_javascript() {
        assert_eq!(
            Value::Float64(1_758_000_000_000.0).to_json().to_string(),
            "1758000000000"
        );
        assert_eq!(Value::Float64(0.5).to_json().to_string(), "0.5");
        assert_eq!(
            Value::Float64(-0.0).to_json(),
            json!({ "$float": "AAAAAAAAAIA=" })
        );
        assert_eq!(
            Value::Int64(1).to_json(),
            json!({ "$integer": "AQAAAAAAAAA=" })
        );
    }

    #[test]
    fn reserved_names_and_bad_wrappers_are_refused() {
        for bad in [
            json!({"$x": 1}),
            json!({"$integer": "AQ=="}),
            json!({"$bytes": 3}),
            json!({"é": 1}),
        ] {
            assert!(Value::from_json(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn invalid_field_names_are_refused_with_convexs_messages() {
        let refusal = |name: &str| {
            let json = json!({ name: 1, "other": 2 });
            Value::from_json(&json).map_err(|error| error.to_string())
        };
        let error = |text: &str| Err(text.to_owned());
        assert!(refusal(&"x".repeat(1024)).is_ok());
        assert_eq!(
            refusal(&"x".repeat(1025)),
            error("Field name is too long (1025 > maximum 1024)")
        );
        assert_eq!(
            refusal("$set"),
            error("Field name $set starts with '$', which is reserved.")
        );
        assert_eq!(
            refusal("naïve"),
            error(
                "Field name naïve has invalid character 'ï': Field names can only contain \
                 non-control ASCII characters"
            )
        );
    }
}
