//! Shapes of values, and decoding by shape.
//!
//! serde's untagged and internally tagged enums buffer what they read. In that buffer an int64 equals a whole number,
//! and the first variant that fits accepts an object with unknown fields. The enums that `convex-codegen` writes for
//! unions of validators check the shape instead.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned},
};

use super::{
    DecodeError, Value,
    de::{Decoder, TEXT_MARKER},
    from_value,
    reader::Reader,
};

/// The values that a validator allows.
///
/// ```
/// use leptos_convex::value::{Shape, Value};
/// let number_or_null = Shape::Union(&[Shape::Number, Shape::Null]);
/// assert!(number_or_null.fits(&Value::Null));
/// assert!(!number_or_null.fits(&Value::Int64(1)));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Shape {
    /// `v.any()`
    Any,
    /// `v.null()`
    Null,
    /// `v.boolean()`
    Boolean,
    /// `v.number()`
    Number,
    /// `v.int64()`
    Int64,
    /// `v.string()`, and `v.id(…)` of any table, because an id does not contain its table.
    String,
    /// `v.bytes()`
    Bytes,
    /// `v.literal("…")`
    StringLiteral(&'static str),
    /// `v.literal(1)`
    NumberLiteral(f64),
    /// `v.literal(1n)`
    Int64Literal(i64),
    /// `v.literal(true)`
    BooleanLiteral(bool),
    /// `v.array(…)`
    Array(&'static Shape),
    /// `v.record(…)`, given by the shape of its values
    Record(&'static Shape),
    /// `v.object(…)`
    Object {
        /// The required fields.
        required: &'static [(&'static str, Shape)],
        /// The optional fields. No other fields are allowed.
        optional: &'static [(&'static str, Shape)],
    },
    /// `v.union(…)`
    Union(&'static [Shape]),
}

impl Shape {
    /// Returns whether a value is of this shape.
    #[must_use]
    pub fn fits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::Null, Value::Null)
            | (Self::Boolean, Value::Boolean(_))
            | (Self::Number, Value::Float64(_))
            | (Self::Int64, Value::Int64(_))
            | (Self::String, Value::String(_))
            | (Self::Bytes, Value::Bytes(_)) => true,
            (Self::StringLiteral(literal), Value::String(text)) => literal == text,
            (Self::NumberLiteral(literal), Value::Float64(n)) => literal.to_bits() == n.to_bits(),
            (Self::Int64Literal(literal), Value::Int64(n)) => literal == n,
            (Self::BooleanLiteral(literal), Value::Boolean(b)) => literal == b,
            (Self::Array(shape), Value::Array(items)) => items.iter().all(|item| shape.fits(item)),
            (Self::Record(shape), Value::Object(fields)) => {
                fields.values().all(|value| shape.fits(value))
            }
            (Self::Object { required, optional }, Value::Object(fields)) => {
                let of = |known: &[(&str, Self)], name: &str, value: &Value| {
                    let mut known = known.iter();
                    known.any(|(known, shape)| *known == name && shape.fits(value))
                };
                required.iter().all(|(name, _)| fields.contains_key(*name))
                    && fields
                        .iter()
                        .all(|(name, value)| of(required, name, value) || of(optional, name, value))
            }
            (Self::Union(shapes), value) => shapes.iter().any(|shape| shape.fits(value)),
            _ => false,
        }
    }
}

/// A value whose Rust type is chosen by its shape, for a deserialiser with errors of the type `E`. It is the first
/// step of an enum's `Deserialize`.
///
/// ```
/// use leptos_convex::value::{Shape, Undecoded, Value, from_value};
/// use serde::{Deserialize, Deserializer};
///
/// #[derive(Debug, PartialEq)]
/// enum Amount {
///     Exact(i64),
///     Rough(f64),
/// }
///
/// impl<'de> Deserialize<'de> for Amount {
///     fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
///         let value = Undecoded::read(deserializer)?;
///         match value.variant(&[Shape::Int64, Shape::Number])? {
///             0 => value.decode().map(Self::Exact),
///             _ => value.decode().map(Self::Rough),
///         }
///     }
/// }
///
/// assert_eq!(from_value::<Amount>(Value::Int64(5)), Ok(Amount::Exact(5)));
/// assert_eq!(from_value::<Amount>(Value::Float64(5.0)), Ok(Amount::Rough(5.0)));
/// ```
pub struct Undecoded<E> {
    text: String,
    value: Value,
    error: PhantomData<fn() -> E>,
}

impl<E> fmt::Debug for Undecoded<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Undecoded").field(&self.value).finish()
    }
}

impl<E: de::Error> Undecoded<E> {
    /// Reads any value.
    ///
    /// # Errors
    /// When it is not a Convex value.
    pub fn read<'de, D: Deserializer<'de, Error = E>>(deserializer: D) -> Result<Self, E> {
        deserializer.deserialize_newtype_struct(TEXT_MARKER, Visitor(PhantomData))
    }

    /// Returns the index of the first shape that the value fits.
    ///
    /// # Errors
    /// When it fits none.
    pub fn variant(&self, shapes: &[Shape]) -> Result<usize, E> {
        position(shapes, &self.value).ok_or_else(|| {
            E::custom(["this ", self.value.kind(), " is no member of the union"].concat())
        })
    }

    /// Returns the index of the first shape that a field of the object fits.
    ///
    /// # Errors
    /// When it fits none, or there is no such field.
    pub fn variant_by(&self, field: &str, shapes: &[Shape]) -> Result<usize, E> {
        let value = self.value.get(field);
        let found = value.and_then(|value| position(shapes, value));
        found.ok_or_else(|| E::custom(["`", field, "` tells no member of the union"].concat()))
    }

    /// Returns the value as a `T`.
    ///
    /// # Errors
    /// When it is not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, E> {
        T::deserialize(Decoder::new(&mut Reader::new(&self.text))).map_err(E::custom)
    }

    /// Returns a field of the object.
    ///
    /// # Errors
    /// When it is missing or not a `T`.
    pub fn required<T: DeserializeOwned>(&self, name: &str) -> Result<T, E> {
        self.optional(name)?
            .ok_or_else(|| E::custom(["missing field `", name, "`"].concat()))
    }

    /// Returns a field of the object that may be absent. A `null` counts as present.
    ///
    /// # Errors
    /// When it is not a `T`.
    pub fn optional<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, E> {
        let decoded = self.value.get(name).cloned().map(from_value).transpose();
        decoded.map_err(|error: DecodeError| E::custom(error.in_field(name)))
    }
}

fn position(shapes: &[Shape], value: &Value) -> Option<usize> {
    shapes.iter().position(|shape| shape.fits(value))
}

/// Reads a field that is present, so that `null` becomes `Some(None)` and only an absent field becomes `None`. Use it
/// as `#[serde(default, deserialize_with = "leptos_convex::value::present")]`.
///
/// # Errors
/// When it is not a `T`.
pub fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A visitor that takes the text from this crate's decoder, and a value from any other.
struct Visitor<E>(PhantomData<fn() -> E>);

impl<'de, E: de::Error> de::Visitor<'de> for Visitor<E> {
    type Value = Undecoded<E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Convex value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Undecoded<E>, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Undecoded {
            text: value.to_json_string(),
            value,
            error: PhantomData,
        })
    }

    fn visit_str<F: de::Error>(self, text: &str) -> Result<Undecoded<E>, F> {
        let value = Reader::new(text).value().map_err(F::custom)?;
        Ok(Undecoded {
            text: text.to_owned(),
            value,
            error: PhantomData,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Shape = Shape::Object {
        required: &[("a", Shape::Any)],
        optional: &[],
    };

    #[test]
    fn an_object_with_an_additional_field_has_another_shape() {
        let value = |text| Value::from_json_str(text).expect("is a value");
        assert!(SHORT.fits(&value(r#"{"a":1}"#)));
        assert!(!SHORT.fits(&value(r#"{"a":1,"b":2}"#)));
        assert!(!SHORT.fits(&value("{}")));
    }

    #[test]
    fn undecoded_values_can_be_read_from_other_formats() {
        let json = r#"{"n":{"$integer":"BQAAAAAAAAA="}}"#;
        let mut json = serde_json::Deserializer::from_str(json);
        let read = Undecoded::read(&mut json).expect("is encoded JSON");
        assert_eq!(read.required::<i64>("n").expect("is an int64"), 5);
        assert_eq!(read.optional::<i64>("m").expect("may be absent"), None);
    }
}
