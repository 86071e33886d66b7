//! A value as it travels.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{DecodeError, MalformedValue, Value, de::Decoder, reader::Reader};

/// The text of a Convex value, known to be one. It is kept as it came, compared as text, and turned into a
/// Rust type where somebody reads it.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    text: Arc<str>,
    /// Written here and not by Convex, which writes some numbers in another way.
    ours: bool,
}

impl PartialEq for Encoded {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text || (self.ours != other.ours && self.value() == other.value())
    }
}

impl Eq for Encoded {}

impl Encoded {
    pub(crate) fn of(value: &Value) -> Self {
        Self {
            text: value.to_json_string().into(),
            ours: true,
        }
    }

    /// Reads the value that comes next.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedValue> {
        Ok(Self {
            text: reader.skip()?.into(),
            ours: false,
        })
    }

    /// Whether it is the very same text, kept once.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text)
    }

    /// The value as a `T`.
    ///
    /// # Errors
    /// When it is no `T`.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        T::deserialize(Decoder::new(&mut Reader::new(&self.text)))
    }

    /// The value as a tree.
    ///
    /// # Errors
    /// Never, as it was checked before.
    pub(crate) fn value(&self) -> Result<Value, MalformedValue> {
        Reader::new(&self.text).value()
    }
}
