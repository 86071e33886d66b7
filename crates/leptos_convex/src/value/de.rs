//! Convex values → Rust types.

use std::collections::btree_map;

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess,
        Unexpected, VariantAccess, Visitor,
        value::{SeqDeserializer, StringDeserializer},
    },
    forward_to_deserialize_any,
};

use super::{DecodeError, Value, serde_impl::MARKER};

/// Turns a Convex value into a Rust value: the other direction of [`to_value`](super::to_value).
///
/// A `number` becomes any Rust integer it fits exactly, `null` and a missing field become `None`, bytes
/// become `serde_bytes` types or `Vec<u8>`. Unknown fields are passed over, unless the type forbids them.
///
/// # Errors
/// When the value is of another type. The error names the place and what was expected there.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, DecodeError> {
    T::deserialize(Decoder(value))
}

struct Decoder(Value);

impl Decoder {
    fn unexpected<'de, V: Visitor<'de>>(&self, visitor: &V) -> DecodeError {
        let found = match &self.0 {
            Value::Null => Unexpected::Other("null"),
            Value::Int64(n) => Unexpected::Signed(*n),
            Value::Float64(n) => Unexpected::Float(*n),
            Value::Boolean(b) => Unexpected::Bool(*b),
            Value::String(_) => Unexpected::Other("string"),
            Value::Bytes(_) => Unexpected::Other("bytes"),
            Value::Array(_) => Unexpected::Other("array"),
            Value::Object(_) => Unexpected::Other("object"),
        };
        DecodeError::invalid_type(found, visitor)
    }
}

/// The integer `n` is exactly, if it is one.
fn exact(n: f64) -> Option<i64> {
    // 2^63 as a float; the range is half open because i64::MAX itself has no float.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be an integer in range"
    )]
    (n.fract() == 0.0 && (-LIMIT..LIMIT).contains(&n) && !(n == 0.0 && n.is_sign_negative()))
        .then_some(n as i64)
}

macro_rules! decode_integers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            match self.0 {
                Value::Int64(n) => visitor.visit_i64(n),
                Value::Float64(n) => match exact(if n == 0.0 { 0.0 } else { n }) {
                    Some(n) => visitor.visit_i64(n),
                    None => Err(DecodeError::invalid_value(Unexpected::Float(n), &visitor)),
                },
                _ => Err(self.unexpected(&visitor)),
            }
        })*
    };
}

macro_rules! decode_floats {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            match self.0 {
                Value::Int64(n) => visitor.visit_i64(n),
                Value::Float64(n) => visitor.visit_f64(n),
                _ => Err(self.unexpected(&visitor)),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Decoder {
    type Error = DecodeError;

    forward_to_deserialize_any! {
        bool char str string unit unit_struct map struct identifier ignored_any
    }

    decode_integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    decode_floats! { deserialize_f32 deserialize_f64 }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Int64(n) => visitor.visit_i64(n),
            // Who takes anything, `serde_json::Value` say, gets 1 as 1 and not as 1.0.
            Value::Float64(n) => match exact(n) {
                Some(n) => visitor.visit_i64(n),
                None => visitor.visit_f64(n),
            },
            Value::Boolean(b) => visitor.visit_bool(b),
            Value::String(text) => visitor.visit_string(text),
            Value::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Value::Array(items) => visitor.visit_seq(Items {
                items: items.into_iter(),
                index: 0,
            }),
            Value::Object(fields) => visitor.visit_map(Fields {
                fields: fields.into_iter(),
                current: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_any(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0 {
            Value::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.into_iter())),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name == MARKER {
            return visitor
                .visit_newtype_struct(self.0.to_json())
                .map_err(|error| DecodeError::new(error.to_string()));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.0 {
            Value::String(variant) => visitor.visit_enum(Variant {
                variant,
                value: Value::Null,
            }),
            Value::Object(fields) if fields.len() == 1 => match fields.into_iter().next() {
                Some((variant, value)) => visitor.visit_enum(Variant { variant, value }),
                None => Err(DecodeError::new("empty object")),
            },
            _ => Err(self.unexpected(&visitor)),
        }
    }
}

struct Items {
    items: std::vec::IntoIter<Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        seed.deserialize(Decoder(item))
            .map(Some)
            .map_err(|error| error.at_index(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Fields {
    fields: btree_map::IntoIter<String, Value>,
    current: Option<(String, Value)>,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        self.current = self.fields.next();
        match &self.current {
            Some((name, _)) => seed
                .deserialize(StringDeserializer::new(name.clone()))
                .map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        let (name, value) = self
            .current
            .take()
            .ok_or_else(|| DecodeError::new("value before its key"))?;
        seed.deserialize(Decoder(value))
            .map_err(|error| error.in_field(&name))
    }
}

struct Variant {
    variant: String,
    value: Value,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = DecodeError;
    type Variant = Payload;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Payload), DecodeError> {
        let variant = seed.deserialize(StringDeserializer::<DecodeError>::new(self.variant))?;
        Ok((variant, Payload(self.value)))
    }
}

struct Payload(Value);

impl<'de> VariantAccess<'de> for Payload {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        from_value(self.0)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, DecodeError> {
        seed.deserialize(Decoder(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, DecodeError> {
        Decoder(self.0).deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        Decoder(self.0).deserialize_any(visitor)
    }
}
