//! Literals of validators: `v.literal(…)`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// The value of a `v.literal(…)`.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    Text(String),
    Number(f64),
    Int64(i64),
    Boolean(bool),
}

/// Numbers are equal if all bits are, as in Convex.
impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a.to_bits() == b.to_bits(),
            (Self::Int64(a), Self::Int64(b)) => a == b,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            _ => false,
        }
    }
}

impl Literal {
    /// Reads the encoded JSON of a literal; `None` if Convex has no such literal.
    pub(crate) fn read(json: &Value) -> Option<Self> {
        Some(match json {
            Value::String(text) => Self::Text(text.clone()),
            Value::Bool(value) => Self::Boolean(*value),
            Value::Number(number) => Self::Number(number.as_f64()?),
            Value::Object(fields) => {
                let (tag, text) = fields.iter().next().filter(|_| fields.len() == 1)?;
                let bytes = STANDARD.decode(text.as_str()?).ok()?.try_into().ok()?;
                match tag.as_str() {
                    "$integer" => Self::Int64(i64::from_le_bytes(bytes)),
                    "$float" => Self::Number(f64::from_le_bytes(bytes)),
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    /// Returns the text of a string literal.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a base for the name of its variant.
    pub(crate) fn words(&self) -> String {
        let signed = |text: String| match text.strip_prefix('-') {
            Some(rest) => format!("Minus {rest}"),
            None => text,
        };
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(n) => signed(n.to_string().replace('.', "_")),
            Self::Int64(n) => signed(n.to_string()),
            Self::Boolean(value) => value.to_string(),
        }
    }

    /// Returns the literal as a Rust expression.
    pub(crate) fn rust(&self) -> String {
        match self {
            Self::Text(text) => format!("{text:?}"),
            Self::Number(n) if n.is_finite() => format!("{n:?}_f64"),
            Self::Number(n) => format!("f64::from_bits({:#x})", n.to_bits()),
            Self::Int64(i64::MIN) => "i64::MIN".to_owned(),
            Self::Int64(n) => format!("{n}_i64"),
            Self::Boolean(value) => value.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Literal;

    #[test]
    fn literals_are_decoded_from_convex_s_encoding() {
        let read = |json| Literal::read(&json);
        assert_eq!(read(json!("a")), Some(Literal::Text("a".to_owned())));
        assert_eq!(read(json!(1)), Some(Literal::Number(1.0)));
        assert_eq!(
            read(json!({"$integer": "BQAAAAAAAAA="})),
            Some(Literal::Int64(5))
        );
        assert_eq!(
            read(json!({"$float": "AAAAAAAAAIA="})),
            Some(Literal::Number(-0.0))
        );
        assert_eq!(read(json!({"$bytes": "AA=="})), None);
        assert_eq!(read(json!(null)), None);
    }

    #[test]
    fn literals_become_rust_expressions_of_the_same_value() {
        assert_eq!(Literal::Number(-1.0).rust(), "-1.0_f64");
        assert_eq!(Literal::Number(1e300).rust(), "1e300_f64");
        assert_eq!(
            Literal::Number(f64::INFINITY).rust(),
            "f64::from_bits(0x7ff0000000000000)"
        );
        assert_eq!(Literal::Text("a\"\n".to_owned()).rust(), r#""a\"\n""#);
    }
}
