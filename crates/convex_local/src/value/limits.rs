//! The limits of values, after <https://docs.convex.dev/production/state/limits>. Numbers and wording follow
//! `crates/value/src/{size,array,object}.rs` and `crates/common/src/document.rs` of `get-convex/convex-backend`.

use serde_json::Value as Json;

use super::{Object, Value};

/// The largest document, in bytes of Convex's size formula.
const MAX_DOCUMENT_SIZE: usize = 1 << 20;
/// The most levels of arrays and objects in a document.
const MAX_DOCUMENT_NESTING: usize = 16;
/// The largest value of any other kind, in bytes of the same formula.
const MAX_SIZE: usize = 1 << 25;
/// The largest arguments or result of a function, in bytes of the same formula.
const MAX_CALL_SIZE: usize = 1 << 24;
/// The most levels of arrays and objects in any value.
const MAX_NESTING: usize = 64;
/// The most items of an array.
const MAX_ARRAY_LEN: usize = 8192;
/// The most fields of an object.
const MAX_FIELDS: usize = 1024;

/// A limit that a value breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// Over 1 MiB for a document, 32 MiB for another value.
    #[error("Value is too large ({} > maximum size {})", readable(*size), readable(*maximum))]
    TooLarge {
        /// Bytes of the value.
        size: usize,
        /// Bytes that are allowed.
        maximum: usize,
    },
    /// A document with too many levels.
    #[error(
        "Document is too nested (nested {0} levels deep > maximum nesting {MAX_DOCUMENT_NESTING})"
    )]
    DocumentTooNested(usize),
    /// A value with too many levels.
    #[error("Value is too nested (nested {0} levels deep > maximum nesting {MAX_NESTING})")]
    TooNested(usize),
    /// An array with too many items.
    #[error("Array length is too long ({0} > maximum length {MAX_ARRAY_LEN})")]
    ArrayTooLong(usize),
    /// An object with too many fields.
    #[error("Object has too many fields ({0} > maximum number {MAX_FIELDS})")]
    TooManyFields(usize),
}

/// Checks a document against Convex's limits on size, depth and breadth.
///
/// # Errors
/// The first limit that is exceeded.
pub fn check_document(document: &Object) -> Result<(), LimitError> {
    let Measure { size, nesting } = measure_fields(document)?;
    check_nesting(nesting)?;
    if nesting > MAX_DOCUMENT_NESTING {
        return Err(LimitError::DocumentTooNested(nesting));
    }
    check_size(size, MAX_DOCUMENT_SIZE)
}

/// Checks arguments or a result against Convex's limits on any value, and returns its size in bytes
/// of Convex's formula.
///
/// # Errors
/// The first limit that is exceeded.
pub fn check_value(value: &Value) -> Result<usize, LimitError> {
    let Measure { size, nesting } = measure(value)?;
    check_nesting(nesting)?;
    check_size(size, MAX_SIZE)?;
    Ok(size)
}

/// Returns the size of a value in bytes of Convex's formula.
pub(crate) fn value_size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 2 + items.iter().map(value_size).sum::<usize>(),
        Value::Object(fields) => object_size(fields),
        leaf => leaf_size(leaf),
    }
}

/// Returns the size of an object in bytes of the same formula.
pub(crate) fn object_size(fields: &Object) -> usize {
    let field = |(name, value): (&String, &Value)| name.len() + 1 + value_size(value);
    2 + fields.iter().map(field).sum::<usize>()
}

fn leaf_size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Boolean(_) => 1,
        Value::Int64(_) | Value::Float64(_) | Value::CommitTs => 9,
        Value::String(text) => text.len() + 2,
        Value::Bytes(bytes) => bytes.len() + 2,
        Value::Array(_) | Value::Object(_) => 2,
    }
}

/// Checks the size of a function's arguments or result without building values.
///
/// # Errors
/// The size and the limit, formatted for people.
pub(crate) fn check_call_size(json: &Json) -> Result<(), (String, String)> {
    let size = json_size(json);
    if size > MAX_CALL_SIZE {
        return Err((readable(size), readable(MAX_CALL_SIZE)));
    }
    Ok(())
}

/// Returns the size of the value that some JSON encodes.
fn json_size(json: &Json) -> usize {
    match json {
        Json::Null | Json::Bool(_) => 1,
        Json::Number(_) => 9,
        Json::String(text) => text.len() + 2,
        Json::Array(items) => 2 + items.iter().map(json_size).sum::<usize>(),
        Json::Object(fields) => {
            let mut entries = fields.iter();
            match (entries.next(), entries.next()) {
                (Some((name, Json::String(_))), None) if name == "$integer" || name == "$float" => {
                    9
                }
                // Three bytes in four letters.
                (Some((name, Json::String(text))), None) if name == "$bytes" => {
                    text.trim_end_matches('=').len() * 3 / 4 + 2
                }
                _ => {
                    let field = |(name, value): (&String, &Json)| name.len() + 1 + json_size(value);
                    2 + fields.iter().map(field).sum::<usize>()
                }
            }
        }
    }
}

/// Checks how many items an array has.
///
/// # Errors
/// When there are too many.
pub(crate) fn check_items(items: usize) -> Result<(), LimitError> {
    match items > MAX_ARRAY_LEN {
        true => Err(LimitError::ArrayTooLong(items)),
        false => Ok(()),
    }
}

/// Checks how many fields an object has.
///
/// # Errors
/// When there are too many.
pub(crate) fn check_fields(fields: usize) -> Result<(), LimitError> {
    match fields > MAX_FIELDS {
        true => Err(LimitError::TooManyFields(fields)),
        false => Ok(()),
    }
}

fn check_nesting(nesting: usize) -> Result<(), LimitError> {
    if nesting > MAX_NESTING {
        return Err(LimitError::TooNested(nesting));
    }
    Ok(())
}

fn check_size(size: usize, maximum: usize) -> Result<(), LimitError> {
    if size > maximum {
        return Err(LimitError::TooLarge { size, maximum });
    }
    Ok(())
}

/// The size of a value and its levels of arrays and objects.
struct Measure {
    size: usize,
    nesting: usize,
}

fn measure(value: &Value) -> Result<Measure, LimitError> {
    match value {
        Value::Object(fields) => measure_fields(fields),
        Value::Array(items) => measure_items(items),
        leaf => Ok(Measure {
            size: leaf_size(leaf),
            nesting: 0,
        }),
    }
}

fn measure_items(items: &[Value]) -> Result<Measure, LimitError> {
    check_items(items.len())?;
    let mut whole = Measure {
        size: 2,
        nesting: 1,
    };
    for item in items {
        whole.add(&measure(item)?);
    }
    Ok(whole)
}

fn measure_fields(fields: &Object) -> Result<Measure, LimitError> {
    check_fields(fields.len())?;
    let mut whole = Measure {
        size: 2,
        nesting: 1,
    };
    for (name, value) in fields {
        whole.size += name.len() + 1;
        whole.add(&measure(value)?);
    }
    Ok(whole)
}

impl Measure {
    fn add(&mut self, part: &Self) {
        self.size += part.size;
        self.nesting = self.nesting.max(part.nesting + 1);
    }
}

/// Formats bytes for people: `1 MiB`, `1.25 MiB`.
fn readable(bytes: usize) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let (mut whole, mut unit, mut divisor) = (bytes, 0, 1);
    while whole >= 1024 && unit + 1 < UNITS.len() {
        whole /= 1024;
        divisor *= 1024;
        unit += 1;
    }
    if bytes.is_multiple_of(divisor) {
        return format!("{whole} {}", UNITS[unit]);
    }
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let number = bytes as f64 / divisor as f64;
    format!("{number:.2} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(value: Value) -> Object {
        Object::from([("x".to_owned(), value)])
    }

    fn nested(levels: usize) -> Value {
        (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
    }

    fn refusal(value: Value) -> String {
        check_document(&document(value))
            .expect_err("over a limit")
            .to_string()
    }

    #[test]
    fn documents_over_a_limit_are_refused_with_convexs_messages() {
        assert_eq!(check_document(&document(Value::from("fine"))), Ok(()));
        assert_eq!(
            refusal(Value::String("x".repeat(5 << 18))),
            "Value is too large (1.25 MiB > maximum size 1 MiB)"
        );
        assert_eq!(check_document(&document(nested(15))), Ok(()));
        assert_eq!(
            refusal(nested(16)),
            "Document is too nested (nested 17 levels deep > maximum nesting 16)"
        );
        assert_eq!(
            refusal(Value::Array(vec![Value::Null; 9000])),
            "Array length is too long (9000 > maximum length 8192)"
        );
        let wide = (0..1025).map(|n| (format!("f{n}"), Value::Null)).collect();
        assert_eq!(
            refusal(Value::Object(wide)),
            "Object has too many fields (1025 > maximum number 1024)"
        );
    }

    #[test]
    fn values_and_their_json_have_the_same_size() {
        let bytes = |n: u8| Value::Bytes((0..n).collect());
        let values = [
            Value::Null,
            Value::Int64(7),
            Value::Float64(f64::NAN),
            Value::Float64(0.5),
            Value::from("é"),
            Value::Array(vec![bytes(0), bytes(1), bytes(2), bytes(3)]),
            Value::Object(document(Value::Boolean(true))),
        ];
        for value in values {
            let size = value_size(&value);
            assert_eq!(json_size(&value.to_json()), size, "{value:?}");
            assert_eq!(check_value(&value), Ok(size), "{value:?}");
        }
        let large = Json::from("x".repeat(1 << 24));
        let refused = Err(("16.00 MiB".to_owned(), "16 MiB".to_owned()));
        assert_eq!(check_call_size(&large), refused);
    }

    #[test]
    fn other_values_may_be_larger_and_deeper() {
        assert_eq!(check_value(&nested(64)), Ok(2 * 64 + 1));
        assert_eq!(check_value(&nested(65)), Err(LimitError::TooNested(65)));
        assert!(check_value(&Value::String("x".repeat(2 << 20))).is_ok());
        let large = Value::String("x".repeat(1 << 25));
        assert!(matches!(
            check_value(&large),
            Err(LimitError::TooLarge { .. })
        ));
    }
}
