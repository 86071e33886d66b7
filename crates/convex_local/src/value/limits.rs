//! What a document may not exceed, after <https://docs.convex.dev/production/state/limits>.

use super::{Object, Value};

/// Largest document, in bytes of Convex's size formula.
const MAX_DOCUMENT_SIZE: usize = 1 << 20;
/// Most levels of arrays and objects in a document.
const MAX_NESTING: usize = 16;
/// Most items of an array.
const MAX_ARRAY_LEN: usize = 8192;
/// Most fields of an object.
const MAX_FIELDS: usize = 1024;

/// A limit that a document breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// Over 1 MiB.
    #[error("Value is too large ({0} bytes > maximum size 1048576 bytes)")]
    TooLarge(usize),
    /// Too many levels.
    #[error("Value is too nested (nested {0} levels deep > maximum nesting 16)")]
    TooNested(usize),
    /// An array with too many items.
    #[error("Array length is too long ({0} > maximum length 8192)")]
    ArrayTooLong(usize),
    /// An object with too many fields.
    #[error("Object has too many fields ({0} > maximum number 1024)")]
    TooManyFields(usize),
}

/// Checks a document against Convex's limits on size, depth and breadth.
///
/// # Errors
/// The first limit that is exceeded.
pub fn check_document(document: &Object) -> Result<(), LimitError> {
    let mut size = 0;
    check_fields(document, 1, &mut size)?;
    if size > MAX_DOCUMENT_SIZE {
        Err(LimitError::TooLarge(size))
    } else {
        Ok(())
    }
}

fn check_fields(fields: &Object, depth: usize, size: &mut usize) -> Result<(), LimitError> {
    check_depth(depth)?;
    if fields.len() > MAX_FIELDS {
        return Err(LimitError::TooManyFields(fields.len()));
    }
    *size += 2;
    for (name, value) in fields {
        *size += name.len() + 1;
        check_value(value, depth, size)?;
    }
    Ok(())
}

fn check_value(value: &Value, depth: usize, size: &mut usize) -> Result<(), LimitError> {
    *size += match value {
        Value::Null | Value::Boolean(_) => 1,
        Value::Int64(_) | Value::Float64(_) => 9,
        Value::String(text) => text.len() + 2,
        Value::Bytes(bytes) => bytes.len() + 2,
        Value::Object(fields) => return check_fields(fields, depth + 1, size),
        Value::Array(items) => {
            check_depth(depth + 1)?;
            if items.len() > MAX_ARRAY_LEN {
                return Err(LimitError::ArrayTooLong(items.len()));
            }
            items
                .iter()
                .try_for_each(|item| check_value(item, depth + 1, size))?;
            2
        }
    };
    Ok(())
}

fn check_depth(depth: usize) -> Result<(), LimitError> {
    if depth > MAX_NESTING {
        Err(LimitError::TooNested(depth))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_refused_by_name() {
        let document = |value| Object::from([("x".to_owned(), value)]);
        assert_eq!(check_document(&document(Value::from("fine"))), Ok(()));
        let large = Value::String("x".repeat(1 << 20));
        assert!(matches!(
            check_document(&document(large)),
            Err(LimitError::TooLarge(_))
        ));
        let deep = (0..20).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert!(matches!(
            check_document(&document(deep)),
            Err(LimitError::TooNested(_))
        ));
        let long = Value::Array(vec![Value::Null; 9000]);
        assert_eq!(
            check_document(&document(long)),
            Err(LimitError::ArrayTooLong(9000))
        );
    }
}
