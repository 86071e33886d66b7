//! The argument object of a call, kept as text: read, it can take thirty times the memory.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use serde_json::value::RawValue;

const NOT_ONE_OBJECT: &str = "Arguments must be one object, or an array with one.";

/// The argument object of a call as JSON text, which has been checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Arguments(Arc<str>);

impl Arguments {
    /// Takes what was sent as text: an object or, as the official clients send it, an array with one.
    ///
    /// # Errors
    /// When it is something else, or no JSON; the text says what.
    pub(crate) fn from_text(text: &str) -> Result<Self, String> {
        let worded = |error: serde_json::Error| error.to_string();
        let object = match text.trim_start().starts_with('[') {
            true => match serde_json::from_str(text).map_err(worded)? {
                Items::One(object) => object.get(),
                Items::None => "{}",
                Items::Several => return Err(NOT_ONE_OBJECT.to_owned()),
            },
            false => text.trim(),
        };
        if !object.trim_start().starts_with('{') {
            return Err(NOT_ONE_OBJECT.to_owned());
        }
        serde_json::from_str::<Checked>(object).map_err(worded)?;
        Ok(Self(object.into()))
    }

    /// Reads them.
    pub(crate) fn read(&self) -> Json {
        // It was checked.
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The items of an array, of which there should be one.
enum Items<'a> {
    None,
    One(&'a RawValue),
    Several,
}

impl<'de: 'a, 'a> Deserialize<'de> for Items<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Array;
        impl<'de> Visitor<'de> for Array {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Items<'de>, A::Error> {
                let Some(first) = items.next_element()? else {
                    return Ok(Items::None);
                };
                let mut found = Items::One(first);
                while items.next_element::<IgnoredAny>()?.is_some() {
                    found = Items::Several;
                }
                Ok(found)
            }
        }
        deserializer.deserialize_seq(Array)
    }
}

/// JSON that can be read, and is not kept: neither too deep nor with numbers that are none.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self, A::Error> {
        while fields.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Json, String> {
        Arguments::from_text(text).map(|args| args.read())
    }

    #[test]
    fn one_object_is_taken_in_an_array_or_as_it_is() {
        for (text, object) in [
            (
                r#"[{"a":[1,{"b":null}]}]"#,
                json!({ "a": [1, { "b": null }] }),
            ),
            (r#"{"a":"\u00e9"}"#, json!({ "a": "é" })),
            ("[]", json!({})),
        ] {
            assert_eq!(read(text), Ok(object), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let deep = format!(r#"[{{"a":{}{}}}]"#, "[".repeat(200), "]".repeat(200));
        for text in [
            "1",
            "[1]",
            "[{},{}]",
            "[{}",
            "[{}] {}",
            r#"[{"a":1e999}]"#,
            r#"[{"a":"\ud800"}]"#,
            &deep,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
