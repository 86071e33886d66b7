//! The JSON of snapshots, with int64 as a whole number and float64 with a point or an exponent.
//!
//! Source: `ConvexExportJSON` in `crates/value/src/export.rs` of `get-convex/convex-backend`. Values without a JSON
//! number, such as NaN, are written as in Convex's usual encoding.

use serde_json::Value as Json;

use super::json::{JsonError, check_field_name, special};
use super::{Object, Value};

impl Value {
    /// Returns the value as a snapshot holds it.
    pub fn to_export_json(&self) -> Json {
        match self {
            Self::Int64(n) => Json::from(*n),
            Self::Float64(n) => match serde_json::Number::from_f64(*n) {
                Some(number) => Json::Number(number),
                None => self.to_json(),
            },
            Self::Array(items) => items.iter().map(Self::to_export_json).collect(),
            Self::Object(fields) => Json::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), value.to_export_json()))
                    .collect(),
            ),
            Self::Null | Self::Boolean(_) | Self::String(_) | Self::Bytes(_) | Self::CommitTs => {
                self.to_json()
            }
        }
    }

    /// Reads a value from a snapshot.
    ///
    /// # Errors
    /// When a `$…` wrapper is malformed or a field name is not allowed.
    pub fn from_export_json(json: &Json) -> Result<Self, JsonError> {
        match json {
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Ok(Self::Int64(whole)),
                None => Self::from_json(json),
            },
            Json::Array(items) => {
                let items = items.iter().map(Self::from_export_json);
                Ok(Self::Array(items.collect::<Result<_, _>>()?))
            }
            Json::Object(fields) => {
                if let Some(value) = special(fields)? {
                    return Ok(value);
                }
                let mut object = Object::new();
                for (name, value) in fields {
                    check_field_name(name)?;
                    object.insert(name.clone(), Self::from_export_json(value)?);
                }
                Ok(Self::Object(object))
            }
            Json::Null | Json::Bool(_) | Json::String(_) => Self::from_json(json),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::value::tests::any_value;

    proptest! {
        #[test]
        fn every_value_survives_a_line_of_text(value in any_value()) {
            let line = value.to_export_json().to_string();
            let json: Json = serde_json::from_str(&line).expect("JSON");
            prop_assert_eq!(&Value::from_export_json(&json).expect("own encoding"), &value);
            // It survives the usual encoding, too, which the database uses.
            let json: Json = serde_json::from_str(&value.to_json().to_string()).expect("JSON");
            prop_assert_eq!(&Value::from_json(&json).expect("own encoding"), &value);
        }
    }

    #[test]
    fn numbers_are_distinguished_as_in_convex() {
        let written = |value: Value| value.to_export_json().to_string();
        assert_eq!(written(Value::Int64(123)), "123");
        assert_eq!(written(Value::Float64(123.0)), "123.0");
        assert_eq!(written(Value::Float64(-0.0)), "-0.0");
        assert_eq!(
            Value::Float64(f64::INFINITY).to_export_json(),
            json!({ "$float": "AAAAAAAA8H8=" })
        );
        assert_eq!(
            Value::Bytes(vec![1, 2]).to_export_json(),
            json!({ "$bytes": "AQI=" })
        );
    }
}
