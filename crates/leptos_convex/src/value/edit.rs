//! Edits of a value that keep the rest of its text.
//!
//! A page often reads only a part of a document. When it edits one document of a thousand, the text of the others
//! must not change, and fields that the page does not read must not be lost.

use super::{MalformedValue, Value, json, reader::Reader, tag::DOLLAR};
use crate::index::{Index, hash, same_ends};

/// The field that identifies a document.
pub(super) const ID: &str = "_id";

type Result<T> = std::result::Result<T, MalformedValue>;

/// Writes the edit of `original`, which a type has read as `before` and changed to `after`. Text of values that are
/// equal in both is kept, and so are fields that the type does not know.
///
/// # Errors
/// When `original` is not at a value that `before` can come from.
pub(super) fn write(
    original: &mut Reader<'_>,
    before: &Value,
    after: &Value,
    out: &mut String,
) -> Result<()> {
    if before == after {
        out.push_str(original.skip()?);
        return Ok(());
    }
    match (before, after) {
        (Value::Object(_), Value::Object(_))
            if original.peek() == b'{' && before.get(ID) == after.get(ID) =>
        {
            write_object(original, before, after, out)
        }
        (Value::Array(before), Value::Array(after)) if original.peek() == b'[' => {
            write_array(original, before, after, out)
        }
        _ => {
            original.skip()?;
            after.write_json(out);
            Ok(())
        }
    }
}

fn write_object(
    original: &mut Reader<'_>,
    before: &Value,
    after: &Value,
    out: &mut String,
) -> Result<()> {
    let mut changed: Vec<(&str, &Value)> = Vec::new();
    if let Value::Object(fields) = after {
        let fields = fields.iter().map(|(name, value)| (name.as_str(), value));
        changed.extend(fields.filter(|(name, value)| before.get(name) != Some(*value)));
    }
    let mut first = true;
    let mut count = 0;
    out.push('{');
    original.open(b'{')?;
    while let Some(name) = original.next_field(&mut first)? {
        if name.starts_with('$') {
            return Err(DOLLAR);
        }
        let (before, after) = (before.get(&name), after.get(&name));
        if before.is_some() && after.is_none() {
            original.skip()?;
            continue;
        }
        changed.retain(|(other, _)| *other != name);
        write_name(&name, &mut count, out);
        match (before, after) {
            (Some(before), Some(after)) => write(original, before, after, out)?,
            (None, Some(after)) => {
                original.skip()?;
                after.write_json(out);
            }
            _ => out.push_str(original.skip()?),
        }
    }
    for (name, value) in changed {
        write_name(name, &mut count, out);
        value.write_json(out);
    }
    out.push('}');
    Ok(())
}

fn write_name(name: &str, count: &mut usize, out: &mut String) {
    json::separate(*count, out);
    *count += 1;
    json::write_text(name, out);
    out.push(':');
}

fn write_array(
    original: &mut Reader<'_>,
    before: &[Value],
    after: &[Value],
    out: &mut String,
) -> Result<()> {
    let mut texts = Vec::with_capacity(before.len());
    let mut first = true;
    original.open(b'[')?;
    while original.next_item(&mut first)? {
        texts.push(original.skip()?);
    }
    if texts.len() != before.len() {
        return Err(MalformedValue::new("an array of another length"));
    }
    let (start, end) = same_ends(before, after, |before, after| before == after);
    let documents = before[start..before.len() - end].iter().enumerate();
    let documents = Index::new(documents.filter_map(|(at, it)| Some((hash(id(it)?), start + at))));
    let same_document = |item: &Value| {
        let wanted = id(item)?;
        documents.find(hash(wanted), |at| id(&before[at]) == Some(wanted))
    };
    let last = after.len() - end;
    out.push('[');
    for (at, item) in after.iter().enumerate() {
        json::separate(at, out);
        if at < start {
            out.push_str(texts[at]);
        } else if at >= last {
            out.push_str(texts[at - last + before.len() - end]);
        } else if let Some(from) = same_document(item) {
            write(&mut Reader::new(texts[from]), &before[from], item, out)?;
        } else {
            item.write_json(out);
        }
    }
    out.push(']');
    Ok(())
}

fn id(value: &Value) -> Option<&str> {
    value.get(ID)?.as_str()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value(json: serde_json::Value) -> Value {
        Value::from_json(json).expect("is a value")
    }

    fn edited(original: &str, before: serde_json::Value, after: serde_json::Value) -> String {
        let mut out = String::new();
        write(
            &mut Reader::new(original),
            &value(before),
            &value(after),
            &mut out,
        )
        .expect("fits");
        out
    }

    #[test]
    fn values_that_are_not_edited_keep_their_text() {
        let original = r#"[{"_id":"a","n":1.0,"x":[1.0]},{"_id":"b","n":2.0},{"_id":"c","n":3.0}]"#;
        let before = json!([{"_id": "a", "n": 1}, {"_id": "b", "n": 2}, {"_id": "c", "n": 3}]);
        let after = json!([{"_id": "a", "n": 7}, {"_id": "b", "n": 2}, {"_id": "c", "n": 3}]);
        assert_eq!(
            edited(original, before.clone(), after),
            r#"[{"_id":"a","n":7,"x":[1.0]},{"_id":"b","n":2.0},{"_id":"c","n":3.0}]"#
        );
        let moved = json!([{"_id": "c", "n": 3}, {"_id": "new"}, {"_id": "a", "n": 1}]);
        assert_eq!(
            edited(original, before, moved),
            r#"[{"_id":"c","n":3.0},{"_id":"new"},{"_id":"a","n":1.0,"x":[1.0]}]"#
        );
    }

    #[test]
    fn fields_are_added_changed_and_removed() {
        assert_eq!(
            edited(
                r#"{"gone":1,"kept":2.0,"unknown":{"a":[]},"z":0}"#,
                json!({"gone": 1, "kept": 2, "z": 0, "by_default": null}),
                json!({"kept": 2, "z": {"deep": true}, "by_default": null, "new": "n"}),
            ),
            r#"{"kept":2.0,"unknown":{"a":[]},"z":{"deep":true},"new":"n"}"#
        );
    }

    #[test]
    fn fields_of_one_document_are_never_kept_for_another() {
        let original = r#"[{"_id":"a","secret":1},{"n":1,"secret":2}]"#;
        let before = json!([{"_id": "a"}, {"n": 1}]);
        assert_eq!(
            edited(original, before, json!([{"_id": "b"}, {"n": 2}])),
            r#"[{"_id":"b"},{"n":2}]"#
        );
        let original = r#"{"_id":"a","secret":1}"#;
        let after = json!({"_id": "b"});
        assert_eq!(
            edited(original, json!({"_id": "a"}), after),
            r#"{"_id":"b"}"#
        );
    }

    fn document() -> impl Strategy<Value = (String, f64, String)> {
        ("[a-h]", 0.0..4.0_f64, "[xy]{0,2}")
    }

    proptest! {
        /// For a type that knows all fields, the edit is exactly the new value.
        #[test]
        fn the_edited_text_encodes_the_edited_value(
            before in prop::collection::vec(document(), 0..8),
            after in prop::collection::vec(document(), 0..8),
        ) {
            let list = |documents: Vec<(String, f64, String)>| {
                let object = |(id, n, text)| json!({"_id": id, "n": f64::trunc(n), "tags": [text, {"t": n}]});
                value(documents.into_iter().map(object).collect())
            };
            let (before, after) = (list(before), list(after));
            let original = before.to_json_string();
            let mut out = String::new();
            write(&mut Reader::new(&original), &before, &after, &mut out).expect("fits");
            prop_assert_eq!(Value::from_json_str(&out).expect("is a value"), after);
        }
    }
}
