//! The formats of values in responses.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value as Json};

use super::error::ApiError;
use crate::sync::{Answer, AnswerError, ClientVersion};

/// The formats that a client can request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Reversible: integers are `{"$integer": …}`, bytes are `{"$bytes": …}`.
    Encoded,
    /// Easy to read, not reversible: integers and bytes are strings.
    Plain,
}

impl Format {
    /// Returns the format that the request asks for, or that its client expects.
    pub(super) fn choose(wanted: Option<&str>, headers: &HeaderMap) -> Result<Self, ApiError> {
        match wanted {
            Some("convex_encoded_json" | "convex_json") => Ok(Self::Encoded),
            Some("json" | "convex_clean_json") => Ok(Self::Plain),
            Some(other) => Err(ApiError::bad_request(
                "BadFormat",
                format!("format param must be one of [`json`]. Got {other}"),
            )),
            None => {
                let client = headers
                    .get("convex-client")
                    .and_then(|value| value.to_str().ok());
                let plain = client.is_none_or(|c| ClientVersion::parse(c).prefers_plain_json());
                Ok(if plain { Self::Plain } else { Self::Encoded })
            }
        }
    }

    pub(super) fn write(self, encoded: &Json) -> Box<RawValue> {
        let raw = match self {
            Self::Encoded => to_raw_value(encoded),
            Self::Plain => to_raw_value(&plain(encoded)),
        };
        // A JSON tree always serializes.
        raw.unwrap_or_default()
    }

    /// Returns the value of a shared answer. Each form of it is made once.
    pub(super) fn write_kept(self, answer: &Answer) -> Result<Box<RawValue>, &AnswerError> {
        let plain = |encoded: &RawValue| {
            self.write(&serde_json::from_str(encoded.get()).unwrap_or(Json::Null))
        };
        let value = answer.result.as_deref();
        value.map(|encoded| match self {
            Self::Encoded => encoded.to_owned(),
            Self::Plain => answer.plain(encoded, plain).to_owned(),
        })
    }
}

/// Replaces the `$integer`, `$float` and `$bytes` objects of Convex's JSON encoding by plain values.
fn plain(encoded: &Json) -> Json {
    match encoded {
        Json::Array(items) => items.iter().map(plain).collect(),
        Json::Object(members) => match special(members) {
            Some(value) => value,
            None => members
                .iter()
                .map(|(name, value)| (name.clone(), plain(value)))
                .collect(),
        },
        other => other.clone(),
    }
}

fn special(members: &Map<String, Json>) -> Option<Json> {
    let (name, value) = members.iter().next().filter(|_| members.len() == 1)?;
    let text = value.as_str()?;
    let eight_bytes = || -> Option<[u8; 8]> { BASE64_STANDARD.decode(text).ok()?.try_into().ok() };
    match name.as_str() {
        "$integer" => Some(i64::from_le_bytes(eight_bytes()?).to_string().into()),
        "$bytes" => Some(text.into()),
        "$float" => {
            let float = f64::from_le_bytes(eight_bytes()?);
            let name = match float {
                _ if float.is_nan() => "NaN",
                f64::INFINITY => "Infinity",
                f64::NEG_INFINITY => "-Infinity",
                _ => return Some(float.into()),
            };
            Some(name.into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_json_has_no_dollar_objects() {
        let encoded = json!({
            "count": { "$integer": "KgAAAAAAAAA=" },
            "list": [{ "$float": "AAAAAAAA8H8=" }, { "$bytes": "AQI=" }, 1.5, null],
        });
        let expected = json!({ "count": "42", "list": ["Infinity", "AQI=", 1.5, null] });
        assert_eq!(plain(&encoded), expected);
    }
}
