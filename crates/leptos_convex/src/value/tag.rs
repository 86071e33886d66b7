//! The tags for values that JSON cannot write: `$integer`, `$float` and `$bytes`.

use super::{MalformedValue, Value};
use crate::base64;

pub(super) const DOLLAR: MalformedValue = MalformedValue("field name starts with `$`");

impl Value {
    /// Returns the tag and the text of a value that JSON cannot write.
    pub(super) fn tag(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Int64(n) => Some(("$integer", base64::encode(&n.to_le_bytes()))),
            Self::Bytes(bytes) => Some(("$bytes", base64::encode(bytes))),
            Self::Float64(n) if !n.is_finite() || is_negative_zero(*n) => {
                Some(("$float", base64::encode(&n.to_le_bytes())))
            }
            _ => None,
        }
    }
}

/// Returns the value that a field with this name and text encodes, if the name is a tag.
pub(super) fn untag(tag: &str, text: &str) -> Result<Option<Value>, MalformedValue> {
    Ok(Some(match tag {
        "$integer" => Value::Int64(i64::from_le_bytes(eight(text)?)),
        "$float" => {
            let n = f64::from_le_bytes(eight(text)?);
            if n.is_finite() && !is_negative_zero(n) {
                return Err(MalformedValue("`$float` of an ordinary number"));
            }
            Value::Float64(n)
        }
        "$bytes" => Value::Bytes(bytes(text)?),
        _ => return Ok(None),
    }))
}

fn bytes(text: &str) -> Result<Vec<u8>, MalformedValue> {
    base64::decode(text).ok_or(MalformedValue("not base64"))
}

fn eight(text: &str) -> Result<[u8; 8], MalformedValue> {
    bytes(text)?
        .try_into()
        .map_err(|_| MalformedValue("expected 8 bytes"))
}

pub(super) fn is_negative_zero(n: f64) -> bool {
    n == 0.0 && n.is_sign_negative()
}
