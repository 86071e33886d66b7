//! The parser of values from JSON text, without a JSON tree in between.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::json::{COMMIT_TS, JsonError, check_field_name};
use super::{Object, Value};

impl Value {
    /// Reads a value from the text of Convex's JSON encoding: the same as
    /// [`from_json`](Self::from_json) of the text, parsed.
    ///
    /// # Errors
    /// When the text is not JSON, a `$…` wrapper is malformed or a field name is not allowed.
    pub(crate) fn from_text(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Encoded)
    }
}

/// Reads the next encoded value.
struct Encoded;

impl<'de> Visitor<'de> for Encoded {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Convex value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Boolean(truth))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of JSON are float64")]
    fn visit_i64<E: Error>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Float64(n as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of JSON are float64")]
    fn visit_u64<E: Error>(self, n: u64) -> Result<Value, E> {
        Ok(Value::Float64(n as f64))
    }

    fn visit_f64<E: Error>(self, n: f64) -> Result<Value, E> {
        Ok(Value::Float64(n))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::with_capacity(items.size_hint().unwrap_or(0));
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Object::new();
        while let Some(name) = entries.next_key::<String>()? {
            if !name.starts_with('$') {
                check_field_name(&name).map_err(A::Error::custom)?;
                fields.insert(name, entries.next_value()?);
                continue;
            }
            // Names with `$` are reserved, except in the encoding of a single value.
            let payload: Value = entries.next_value()?;
            let value = special(&name, &payload).map_err(A::Error::custom)?;
            if !fields.is_empty() || entries.next_key::<String>()?.is_some() {
                return Err(A::Error::custom(JsonError::ReservedFieldName(name)));
            }
            return Ok(value);
        }
        Ok(Value::Object(fields))
    }
}

fn special(name: &str, payload: &Value) -> Result<Value, JsonError> {
    let decode = || match payload {
        Value::String(text) => BASE64.decode(text).ok(),
        _ => None,
    };
    let eight = || decode().and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    let (tag, value) = match name {
        "$integer" => {
            let number = eight().map(i64::from_le_bytes);
            ("$integer", number.map(Value::Int64))
        }
        "$float" => {
            let number = eight().map(f64::from_le_bytes);
            ("$float", number.map(Value::Float64))
        }
        "$bytes" => ("$bytes", decode().map(Value::Bytes)),
        // Only in the transaction that writes it; no stored document has it.
        COMMIT_TS => (
            COMMIT_TS,
            matches!(payload, Value::Null).then_some(Value::CommitTs),
        ),
        other => return Err(JsonError::ReservedFieldName(other.to_owned())),
    };
    value.ok_or(JsonError::BadSpecial(tag))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Json;

    use super::super::tests::any_value;
    use super::*;

    proptest! {
        #[test]
        fn text_is_read_as_its_tree_is(value in any_value()) {
            let text = value.to_json().to_string();
            prop_assert_eq!(Value::from_text(&text).expect("own encoding"), value);
        }
    }

    #[test]
    fn text_is_refused_as_its_tree_is() {
        let long = format!("{{\"{}\":1}}", "x".repeat(1025));
        for text in [
            r#"{"$x":1}"#,
            r#"{"$integer":"AQ=="}"#,
            r#"{"$integer":"AQAAAAAAAAA="}"#,
            r#"{"$integer":"AQAAAAAAAAA=","a":1}"#,
            r#"{"a":1,"$integer":"AQAAAAAAAAA="}"#,
            r#"{"$bytes":3}"#,
            r#"{"$float":"AAAAAAAAAIA="}"#,
            r#"{"é":1}"#,
            r#"{"a":{"$b":[]}}"#,
            r#"[18446744073709551615,-9223372036854775808,0.1,1e300,-0.0]"#,
            r#"{"a":1,"a":2}"#,
            r#"{"":null}"#,
            r#"[1"#,
            "1 1",
            &long,
        ] {
            let tree = serde_json::from_str::<Json>(text).ok();
            let tree = tree.and_then(|json| Value::from_json(&json).ok());
            assert_eq!(Value::from_text(text).ok(), tree, "{text}");
        }
    }
}
