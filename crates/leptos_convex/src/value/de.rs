//! The deserializer: Rust types straight from the text of Convex values.

use std::borrow::Cow;

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess,
        Unexpected, VariantAccess, Visitor,
        value::{SeqDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};

use super::{
    DecodeError, MalformedValue,
    reader::{Reader, Token},
    serde_impl::MARKER,
};

/// Reads plain JSON instead of Convex's encoding: an object with a field `$integer` is just an object. A page that
/// uses this function instead of `serde_json::from_str` loads one JSON reader less. Numbers are those of JavaScript's
/// `JSON.parse`.
///
/// ```
/// use std::collections::BTreeMap;
///
/// let read = leptos_convex::value::from_json_str::<BTreeMap<String, u32>>(r#"{"$a": 1}"#);
/// assert_eq!(read, Ok(BTreeMap::from([("$a".to_owned(), 1)])));
/// ```
///
/// # Errors
/// When the text is not JSON, or its value has another type. The error names the place and the expected type.
pub fn from_json_str<T: DeserializeOwned>(json: &str) -> Result<T, DecodeError> {
    let mut reader = Reader::plain(json);
    let value = T::deserialize(Decoder::new(&mut reader))?;
    reader.end()?;
    Ok(value)
}

/// The name by which a [`Value`] asks this decoder for the text of the next value.
pub(super) const TEXT_MARKER: &str = "$convex::Text";

/// Decodes the next value.
pub(super) struct Decoder<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// Whether to return encoded JSON unchanged, for a [`Value`] to decode.
    raw: bool,
}

impl<'r, 'a> Decoder<'r, 'a> {
    pub(super) const fn new(reader: &'r mut Reader<'a>) -> Self {
        Self { reader, raw: false }
    }

    fn token(&mut self) -> Result<Token<'a>, DecodeError> {
        Ok(self.reader.token(self.raw)?)
    }

    fn visit_array<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let mut items = Items {
            inside: Inside::new(self),
            index: 0,
        };
        let value = visitor.visit_seq(&mut items)?;
        while items.inside.next_item()? {
            items.inside.reader.skip()?;
        }
        Ok(value)
    }

    fn visit_object<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let mut fields = Fields {
            inside: Inside::new(self),
            name: Cow::Borrowed(""),
        };
        let value = visitor.visit_map(&mut fields)?;
        while fields.inside.next_field()?.is_some() {
            fields.inside.reader.skip()?;
        }
        Ok(value)
    }

    fn visit<'de, V: Visitor<'de>>(
        self,
        token: Token<'a>,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match token {
            Token::Null => visitor.visit_unit(),
            Token::Int64(n) => visitor.visit_i64(n),
            // A type that accepts anything, such as `serde_json::Value`, gets 1 as 1 and not as 1.0.
            Token::Float64(n) => match exact(n) {
                Some(n) => visitor.visit_i64(n),
                None => visitor.visit_f64(n),
            },
            Token::Boolean(b) => visitor.visit_bool(b),
            Token::Text(Cow::Borrowed(text)) => visitor.visit_str(text),
            Token::Text(Cow::Owned(text)) => visitor.visit_string(text),
            Token::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Token::Array => self.visit_array(visitor),
            Token::Object => self.visit_object(visitor),
        }
    }

    /// Decodes a value that is neither an array nor an object.
    fn scalar<'de, V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.token()? {
            Token::Null => visitor.visit_unit(),
            Token::Boolean(b) => visitor.visit_bool(b),
            Token::Text(Cow::Borrowed(text)) => visitor.visit_str(text),
            Token::Text(Cow::Owned(text)) => visitor.visit_string(text),
            other => Err(unexpected(&other, &visitor)),
        }
    }

    fn object<'de, V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.token()? {
            Token::Object => self.visit_object(visitor),
            other => Err(unexpected(&other, &visitor)),
        }
    }

    fn integer<'de, V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.token()? {
            Token::Int64(n) => visitor.visit_i64(n),
            Token::Float64(n) => match exact(if n == 0.0 { 0.0 } else { n }) {
                Some(n) => visitor.visit_i64(n),
                None => Err(DecodeError::invalid_value(Unexpected::Float(n), &visitor)),
            },
            other => Err(unexpected(&other, &visitor)),
        }
    }

    fn float<'de, V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.token()? {
            Token::Int64(n) => visitor.visit_i64(n),
            Token::Float64(n) => visitor.visit_f64(n),
            other => Err(unexpected(&other, &visitor)),
        }
    }
}

fn unexpected<'de, V: Visitor<'de>>(found: &Token<'_>, visitor: &V) -> DecodeError {
    let found = match found {
        Token::Null => Unexpected::Other("null"),
        Token::Int64(n) => Unexpected::Signed(*n),
        Token::Float64(n) => exact(*n).map_or(Unexpected::Float(*n), Unexpected::Signed),
        Token::Boolean(b) => Unexpected::Bool(*b),
        Token::Text(_) => Unexpected::Other("string"),
        Token::Bytes(_) => Unexpected::Other("bytes"),
        Token::Array => Unexpected::Other("array"),
        Token::Object => Unexpected::Other("object"),
    };
    DecodeError::invalid_type(found, visitor)
}

impl From<MalformedValue> for DecodeError {
    fn from(error: MalformedValue) -> Self {
        Self::new(error.0)
    }
}

/// Returns the integer that `n` equals exactly, if there is one.
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

macro_rules! decode {
    ($($method:ident: $how:ident,)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            self.$how(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Decoder<'_, '_> {
    type Error = DecodeError;

    forward_to_deserialize_any! { bytes byte_buf }

    // Each method has as little code per type as possible, because a page has a decoder for each of its types.
    decode! {
        deserialize_bool: scalar, deserialize_char: scalar,
        deserialize_str: scalar, deserialize_string: scalar,
        deserialize_identifier: scalar, deserialize_unit: scalar,
        deserialize_map: object,
        deserialize_i8: integer, deserialize_i16: integer,
        deserialize_i32: integer, deserialize_i64: integer,
        deserialize_u8: integer, deserialize_u16: integer,
        deserialize_u32: integer, deserialize_u64: integer,
        deserialize_f32: float, deserialize_f64: float,
    }

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        let token = self.token()?;
        self.visit(token, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.reader.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.reader.peek() == b'n' {
            self.reader.null()?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.token()? {
            Token::Array => self.visit_array(visitor),
            Token::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.into_iter())),
            other => Err(unexpected(&other, &visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.object(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.scalar(visitor)
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
        if name == TEXT_MARKER && !self.raw {
            return visitor.visit_str(self.reader.skip()?);
        }
        let raw = self.raw || name == MARKER;
        visitor.visit_newtype_struct(Self { raw, ..self })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.token()? {
            Token::Text(variant) => visitor.visit_enum(Variant {
                variant,
                reader: &mut Reader::new("null"),
            }),
            Token::Object => {
                let mut first = true;
                let Some(variant) = self.reader.next_field(&mut first)? else {
                    return Err(unexpected(&Token::Object, &visitor));
                };
                let reader = &mut *self.reader;
                let value = visitor.visit_enum(Variant { variant, reader })?;
                if self.reader.next_field(&mut first)?.is_some() {
                    return Err(DecodeError::new("more than one variant"));
                }
                Ok(value)
            }
            other => Err(unexpected(&other, &visitor)),
        }
    }
}

/// A position between the brackets of an array or object.
struct Inside<'r, 'a> {
    reader: &'r mut Reader<'a>,
    raw: bool,
    first: bool,
    /// Whether the closing bracket has been read.
    over: bool,
}

impl<'r, 'a> Inside<'r, 'a> {
    const fn new(Decoder { reader, raw }: Decoder<'r, 'a>) -> Self {
        Self {
            reader,
            raw,
            first: true,
            over: false,
        }
    }

    fn next_item(&mut self) -> Result<bool, MalformedValue> {
        self.over = self.over || !self.reader.next_item(&mut self.first)?;
        Ok(!self.over)
    }

    fn next_field(&mut self) -> Result<Option<Cow<'a, str>>, MalformedValue> {
        if self.over {
            return Ok(None);
        }
        let name = self.reader.next_field(&mut self.first)?;
        self.over = name.is_none();
        Ok(name)
    }

    fn decoder(&mut self) -> Decoder<'_, 'a> {
        Decoder {
            reader: self.reader,
            raw: self.raw,
        }
    }
}

struct Items<'r, 'a> {
    inside: Inside<'r, 'a>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        if !self.inside.next_item()? {
            return Ok(None);
        }
        let index = self.index;
        self.index += 1;
        seed.deserialize(self.inside.decoder())
            .map(Some)
            .map_err(|error| error.at_index(index))
    }
}

struct Fields<'r, 'a> {
    inside: Inside<'r, 'a>,
    /// The name of the field whose value comes next.
    name: Cow<'a, str>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let Some(name) = self.inside.next_field()? else {
            return Ok(None);
        };
        self.name = name;
        seed.deserialize(StrDeserializer::new(&self.name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        seed.deserialize(self.inside.decoder())
            .map_err(|error| error.in_field(&self.name))
    }
}

struct Variant<'r, 'a> {
    variant: Cow<'a, str>,
    reader: &'r mut Reader<'a>,
}

impl<'de, 'r, 'a> EnumAccess<'de> for Variant<'r, 'a> {
    type Error = DecodeError;
    type Variant = Payload<'r, 'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Payload<'r, 'a>), DecodeError> {
        let variant = seed.deserialize(StrDeserializer::<DecodeError>::new(&self.variant))?;
        Ok((variant, Payload(Decoder::new(self.reader))))
    }
}

struct Payload<'r, 'a>(Decoder<'r, 'a>);

impl<'de> VariantAccess<'de> for Payload<'_, '_> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        serde::Deserialize::deserialize(self.0)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, DecodeError> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.0.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.deserialize_any(visitor)
    }
}
