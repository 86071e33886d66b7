//! The argument object of a call, kept as text: parsed, it can take thirty times the memory.

use std::fmt;
use std::sync::Arc;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::value::{check_fields, check_items};

/// The most bytes that parsed arguments may take. The most numbers that Convex allows, 16 MiB by its formula, take as
/// much.
const MAX_WEIGHT: usize = 128 << 20;
/// About how many bytes a value takes by itself.
const VALUE: usize = 72;
/// The bytes that a text takes besides its content.
const TEXT: usize = 16;
/// The bytes that an object takes besides its fields.
const OBJECT: usize = 400;

const NOT_ONE_OBJECT: &str = "Arguments must be one object, or an array with one.";

/// The argument object of a call, as checked JSON text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Arguments(Arc<str>);

impl Default for Arguments {
    fn default() -> Self {
        Self("{}".into())
    }
}

/// Words the refusal of a call's arguments as Convex does.
pub(crate) fn invalid_arguments(path: &str, why: &str) -> String {
    let name = path.replacen(':', ".js:", 1);
    format!("Invalid arguments for {name}: {why}")
}

impl Arguments {
    /// Checks arguments as text: an object or, as the official clients send it, an array with one.
    ///
    /// # Errors
    /// When it is something else or not JSON; the text names the mistake.
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
        let mut found = Found::default();
        let mut reader = serde_json::Deserializer::from_str(object);
        let checked = Checked(&mut found).deserialize(&mut reader);
        if let Err(error) = checked.and_then(|()| reader.end()) {
            return Err(found.refusal.unwrap_or_else(|| worded(error)));
        }
        Ok(Self(object.into()))
    }

    /// Parses the arguments.
    pub(crate) fn read(&self) -> Json {
        // The text has been checked.
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

/// Returns the length of arguments that counts for turns: a parsed object takes many times the memory of its text.
///
/// The text is not parsed for this, so braces inside strings also count.
pub(super) fn length(text: &str) -> usize {
    const OF_AN_OBJECT: usize = 40;
    let braces = text.bytes().filter(|byte| *byte == b'{').count();
    text.len() + OF_AN_OBJECT * braces.saturating_sub(1)
}

/// The result of checking arguments.
#[derive(Default)]
struct Found {
    /// The bytes that the parsed arguments take.
    weight: usize,
    /// The reason why valid JSON is refused.
    refusal: Option<String>,
}

impl Found {
    fn add<E: serde::de::Error>(&mut self, weight: usize) -> Result<(), E> {
        self.weight = self.weight.saturating_add(weight);
        match self.weight > MAX_WEIGHT {
            true => Err(self.refuse("The arguments have too many values")),
            false => Ok(()),
        }
    }

    fn refuse<E: serde::de::Error>(&mut self, why: impl fmt::Display) -> E {
        self.refusal = Some(why.to_string());
        E::custom(why)
    }
}

/// Checks JSON without keeping anything: it must not be too deep, contain invalid numbers, or have more values than
/// Convex allows.
struct Checked<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for Checked<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.0.add(VALUE)
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.0.add(VALUE)
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.0.add(VALUE)
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.0.add(VALUE)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.0.add(VALUE)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.0.add(VALUE + TEXT + text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self(found) = self;
        found.add(VALUE)?;
        let mut count = 0;
        while items.next_element_seed(Checked(found))?.is_some() {
            count += 1;
        }
        check_items(count).map_err(|error| found.refuse(error))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Self(found) = self;
        found.add(VALUE)?;
        let mut count = 0;
        while fields.next_key_seed(Checked(found))?.is_some() {
            if count == 0 {
                found.add(OBJECT)?;
            }
            count += 1;
            fields.next_value_seed(Checked(found))?;
        }
        check_fields(count).map_err(|error| found.refuse(error))
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
    fn one_object_is_accepted_in_an_array_or_as_it_is() {
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
    fn more_values_than_convex_allows_are_refused_with_its_messages() {
        let array = |item: &str, count| format!("[{}]", vec![item; count].join(","));
        let args = |value: &str| Arguments::from_text(&format!(r#"[{{"a":{value}}}]"#));
        assert!(args(&array("0", 8192)).is_ok());
        assert_eq!(
            args(&array("0", 9000)).expect_err("long"),
            "Array length is too long (9000 > maximum length 8192)"
        );
        let fields: Vec<_> = (0..1025).map(|n| format!(r#""f{n}":0"#)).collect();
        assert_eq!(
            args(&format!("{{{}}}", fields.join(","))).expect_err("wide"),
            "Object has too many fields (1025 > maximum number 1024)"
        );
        // As many numbers as Convex's formula counts as 16 MiB pass, a few megabytes of tiny objects do not.
        assert!(args(&array(&array("0", 8000), 230)).is_ok());
        assert_eq!(
            args(&array(&array(r#"{"":0}"#, 8000), 30)).expect_err("heavy"),
            "The arguments have too many values"
        );
    }

    #[test]
    fn tiny_objects_count_as_more_than_their_text() {
        assert_eq!(length(r#"{"a":"b"}"#), 9);
        assert!(length(&"[{},{}]".repeat(1000)) > 10 * 7000);
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
