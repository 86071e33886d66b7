//! The serializer from Rust types to Convex values.

use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::{EncodeError, Object, Value, serde_impl::MARKER};

/// The maximum length of a field name in Convex.
const MAX_FIELD_NAME: usize = 1024;

/// Converts a Rust value to a Convex value.
///
/// - `i64` and `u64` become int64; smaller integers and floats become `number`. Integers inside a
///   [`serde_json::Value`] become `number`, as they would in JavaScript.
/// - `None` becomes `null`; to leave a field out, use `#[serde(skip_serializing_if = "Option::is_none")]`.
/// - Bytes need [`serde_bytes`](https://docs.rs/serde_bytes); a plain `Vec<u8>` is an array of numbers.
/// - A [`Value`] stays as it is.
///
/// # Errors
/// When Convex has no such value: an integer beyond int64, a map key that is not a string, or a field name that
/// starts with `$`, is longer than 1024 bytes or is not printable ASCII.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, EncodeError> {
    encode(value, Encoder::default())
}

/// How integers are converted at this place.
#[derive(Clone, Copy, Default)]
struct Encoder {
    /// Inside a `serde_json::Value`, which has only numbers. That it stores them as 64-bit integers does not make
    /// them int64.
    plain_numbers: bool,
    /// Inside encoded JSON, where `$` fields are tags and not field names.
    encoded: bool,
}

fn encode<T: Serialize + ?Sized>(value: &T, encoder: Encoder) -> Result<Value, EncodeError> {
    let name = std::any::type_name::<T>();
    let json =
        name.ends_with("serde_json::value::Value") || name.ends_with("serde_json::number::Number");
    value.serialize(Encoder {
        plain_numbers: encoder.plain_numbers || json,
        ..encoder
    })
}

fn check_field_name(name: &str) -> Result<(), EncodeError> {
    let printable = name.bytes().all(|byte| (32..127).contains(&byte));
    if name.starts_with('$') || name.len() > MAX_FIELD_NAME || !printable {
        return Err(EncodeError::new(
            ["`", name, "` is not a field name Convex allows"].concat(),
        ));
    }
    Ok(())
}

impl Encoder {
    #[expect(
        clippy::cast_precision_loss,
        reason = "what JavaScript does with such a number"
    )]
    fn integer(self, n: i64) -> Value {
        if self.plain_numbers {
            Value::Float64(n as f64)
        } else {
            Value::Int64(n)
        }
    }

    fn in_variant(value: Value, variant: &str) -> Result<Value, EncodeError> {
        check_field_name(variant)?;
        Ok(Value::Object(Object::from([(variant.to_owned(), value)])))
    }
}

macro_rules! numbers {
    ($($method:ident: $ty:ty,)*) => {
        $(fn $method(self, n: $ty) -> Result<Value, EncodeError> {
            Ok(Value::Float64(f64::from(n)))
        })*
    };
}

impl Serializer for Encoder {
    type Error = EncodeError;
    type Ok = Value;
    type SerializeMap = Fields;
    type SerializeSeq = Items;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;

    numbers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
        serialize_f32: f32, serialize_f64: f64,
    }

    fn serialize_bool(self, b: bool) -> Result<Value, EncodeError> {
        Ok(Value::Boolean(b))
    }

    fn serialize_i64(self, n: i64) -> Result<Value, EncodeError> {
        Ok(self.integer(n))
    }

    fn serialize_u64(self, n: u64) -> Result<Value, EncodeError> {
        i64::try_from(n)
            .map(|n| self.integer(n))
            .map_err(|_| EncodeError::new("integer does not fit into a 64-bit signed integer"))
    }

    fn serialize_char(self, c: char) -> Result<Value, EncodeError> {
        Ok(Value::String(c.to_string()))
    }

    fn serialize_str(self, text: &str) -> Result<Value, EncodeError> {
        Ok(Value::from(text))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, EncodeError> {
        Ok(Value::Bytes(bytes.to_vec()))
    }

    fn serialize_none(self) -> Result<Value, EncodeError> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, EncodeError> {
        encode(value, self)
    }

    fn serialize_unit(self) -> Result<Value, EncodeError> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, EncodeError> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, EncodeError> {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, EncodeError> {
        if name == MARKER {
            return encode(
                value,
                Encoder {
                    plain_numbers: true,
                    encoded: true,
                },
            );
        }
        encode(value, self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, EncodeError> {
        Self::in_variant(encode(value, self)?, variant)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, EncodeError> {
        Ok(Items {
            encoder: self,
            items: Vec::new(),
            variant: None,
        })
    }

    fn serialize_tuple(self, _: usize) -> Result<Items, EncodeError> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items, EncodeError> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items, EncodeError> {
        Ok(Items {
            encoder: self,
            items: Vec::new(),
            variant: Some(variant),
        })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields, EncodeError> {
        Ok(Fields {
            encoder: self,
            fields: Object::new(),
            key: None,
            variant: None,
        })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields, EncodeError> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Fields, EncodeError> {
        Ok(Fields {
            encoder: self,
            fields: Object::new(),
            key: None,
            variant: Some(variant),
        })
    }
}

/// An array under construction.
struct Items {
    encoder: Encoder,
    items: Vec<Value>,
    variant: Option<&'static str>,
}

impl Items {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.items.push(encode(value, self.encoder)?);
        Ok(())
    }

    fn finish(self) -> Result<Value, EncodeError> {
        let array = Value::Array(self.items);
        match self.variant {
            Some(variant) => Encoder::in_variant(array, variant),
            None => Ok(array),
        }
    }
}

macro_rules! collect_items {
    ($($trait:ident :: $method:ident,)*) => {
        $(impl $trait for Items {
            type Error = EncodeError;
            type Ok = Value;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.push(value)
            }

            fn end(self) -> Result<Value, EncodeError> {
                self.finish()
            }
        })*
    };
}

collect_items! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

/// An object under construction.
struct Fields {
    encoder: Encoder,
    fields: Object,
    key: Option<String>,
    variant: Option<&'static str>,
}

impl Fields {
    fn insert<T: Serialize + ?Sized>(
        &mut self,
        name: String,
        value: &T,
    ) -> Result<(), EncodeError> {
        if !self.encoder.encoded {
            check_field_name(&name)?;
        }
        self.fields.insert(name, encode(value, self.encoder)?);
        Ok(())
    }

    fn finish(self) -> Result<Value, EncodeError> {
        if self.encoder.encoded {
            return Value::from_fields(self.fields)
                .map_err(|error| EncodeError::new(error.to_string()));
        }
        let object = Value::Object(self.fields);
        match self.variant {
            Some(variant) => Encoder::in_variant(object, variant),
            None => Ok(object),
        }
    }
}

impl SerializeMap for Fields {
    type Error = EncodeError;
    type Ok = Value;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        match encode(key, self.encoder)? {
            Value::String(name) => self.key = Some(name),
            other => {
                return Err(EncodeError::new(
                    ["field names are strings, not ", other.kind()].concat(),
                ));
            }
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let name = self
            .key
            .take()
            .ok_or_else(|| EncodeError::new("map value without a key"))?;
        self.insert(name, value)
    }

    fn end(self) -> Result<Value, EncodeError> {
        self.finish()
    }
}

macro_rules! collect_fields {
    ($($trait:ident,)*) => {
        $(impl $trait for Fields {
            type Error = EncodeError;
            type Ok = Value;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), EncodeError> {
                self.insert(name.to_owned(), value)
            }

            fn end(self) -> Result<Value, EncodeError> {
                self.finish()
            }
        })*
    };
}

collect_fields! { SerializeStruct, SerializeStructVariant, }
