//! A value in its encoded form.

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

use super::{DecodeError, MalformedValue, Value, de::Decoder, edit, reader::Reader, words};

/// Converts a Convex value to a Rust value: the inverse of [`to_value`](super::to_value).
///
/// A `number` becomes any Rust integer that it fits exactly. `null` and a missing field become `None`. Bytes become
/// `serde_bytes` types or `Vec<u8>`. Unknown fields are ignored, unless the type forbids them.
///
/// # Errors
/// When the value has another type. The error names the place and the expected type.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the other direction gives one away"
)]
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, DecodeError> {
    Encoded::of(&value).decode()
}

/// The text of a valid Convex value. It is kept as it was sent, compared as text, and converted to a Rust type where
/// it is read.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    text: Arc<str>,
    /// Whether this crate wrote the text. Convex writes some numbers differently.
    ours: bool,
}

impl PartialEq for Encoded {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
            || is_same_text(&self.text, &other.text)
            || (self.ours != other.ours && self.says_what(other))
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

    /// Returns this value with an edit: a type has read it as `before` and changed it to `after`. Where those are
    /// equal, the text stays.
    pub(crate) fn edited(&self, before: &Value, after: &Value) -> Self {
        if before == after {
            return self.clone();
        }
        let mut text = String::with_capacity(self.text.len());
        match edit::write(&mut Reader::new(&self.text), before, after, &mut text) {
            Ok(()) => Self {
                text: text.into(),
                ours: true,
            },
            Err(_) => Self::of(after),
        }
    }

    /// Returns whether this and a text of another writer encode the same value. In lists, only items with different
    /// text are decoded.
    fn says_what(&self, other: &Self) -> bool {
        match (self.items(), other.items()) {
            (Some(items), Some(others)) => items == others,
            _ => self.value() == other.value(),
        }
    }

    /// Returns the value that a reader has passed over with [`Reader::skip`], so that a long text is not checked
    /// again.
    pub(crate) fn passed(text: &str) -> Self {
        Self {
            text: text.into(),
            ours: false,
        }
    }

    /// Parses a text that this crate has written.
    ///
    /// # Errors
    /// When the text is not a value.
    pub(crate) fn parse(text: &str) -> Result<Self, MalformedValue> {
        let mut reader = Reader::new(text);
        reader.skip()?;
        reader.end()?;
        Ok(Self {
            text: text.into(),
            ours: true,
        })
    }

    /// Returns whether both share the very same text.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text)
    }

    /// Returns the text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the value as a `T`.
    ///
    /// # Errors
    /// When the value is not a `T`.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        T::deserialize(Decoder::new(&mut Reader::new(&self.text)))
    }

    /// Returns the value as a tree.
    ///
    /// # Errors
    /// Never, because the text was checked before.
    pub(crate) fn value(&self) -> Result<Value, MalformedValue> {
        Reader::new(&self.text).value()
    }
}

/// Serialises as text, in any format.
impl Serialize for Encoded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Encoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// One item of an encoded array. Its text is not copied.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    array: Encoded,
    range: Range<usize>,
}

impl Encoded {
    /// Returns the items of an array, in order; `None` when the value is not an array.
    pub(crate) fn items(&self) -> Option<Vec<Item>> {
        self.items_from(&mut Reader::new(&self.text)).ok()
    }

    /// Returns the items of an array, and how many have the same text as `former` at the beginning and at the end.
    /// `former` are the items of the array before, in order and all of one array. Equal items are not decoded.
    /// Returns `None` when the value is not an array.
    pub(crate) fn items_after(&self, former: &[&Item]) -> Option<(Vec<Item>, usize, usize)> {
        let Some(array) = former.first().map(|item| &item.array) else {
            return Some((self.items()?, 0, 0));
        };
        let (old, new) = (array.text.as_bytes(), self.text.as_bytes());
        // If the next byte is the same too, the item ends where the former one ended.
        let same = words::same_start(old, new);
        let start = former.partition_point(|item| item.range.end < same);
        let done = former[..start].last().map_or(0, |item| item.range.end);
        let same = words::same_end(&old[done..], &new[done.min(new.len())..]);
        let rest = former.partition_point(|item| item.range.start <= old.len() - same);
        let moved = |at: usize| at + new.len() - old.len();
        let rest_from = former.get(rest).map(|item| moved(item.range.start));

        let mut items = Vec::with_capacity(former.len() + 1);
        let item = |range: Range<usize>| Item {
            array: self.clone(),
            range,
        };
        items.extend(former[..start].iter().map(|it| item(it.range.clone())));
        let mut reader = Reader::new(&self.text);
        let mut first = start == 0;
        reader.open(b'[').ok()?;
        if !first {
            reader.go_to(done);
        }
        while reader.next_item(&mut first).ok()? {
            reader.peek();
            if Some(reader.position()) == rest_from {
                let rest = &former[rest..];
                let same = rest.iter().map(|it| &it.range);
                items.extend(same.map(|it| item(moved(it.start)..moved(it.end))));
                return Some((items, start, rest.len()));
            }
            let text = reader.skip().ok()?.len();
            let end = reader.position();
            items.push(item(end - text..end));
        }
        Some((items, start, 0))
    }

    /// Returns the document with this `_id` in an array of documents. Reading stops there.
    pub(crate) fn document(&self, id: &str) -> Option<Item> {
        let mut reader = Reader::new(&self.text);
        reader.open(b'[').ok()?;
        let mut first = true;
        while reader.next_item(&mut first).ok()? {
            let text = reader.skip().ok()?;
            if is_document(text, id).ok()? {
                let (array, end) = (self.clone(), reader.position());
                let range = end - text.len()..end;
                return Some(Item { array, range });
            }
        }
        None
    }

    /// Returns the items of the array in the field `name` of an object; `None` when there is no such array.
    pub(crate) fn field_items(&self, name: &str) -> Option<Vec<Item>> {
        let mut reader = Reader::new(&self.text);
        reader.open(b'{').ok()?;
        let mut first = true;
        while let Some(field) = reader.next_field(&mut first).ok()? {
            if field == name {
                return self.items_from(&mut reader).ok();
            }
            reader.skip().ok()?;
        }
        None
    }

    fn items_from(&self, reader: &mut Reader<'_>) -> Result<Vec<Item>, MalformedValue> {
        let mut items = Vec::new();
        reader.open(b'[')?;
        let mut first = true;
        while reader.next_item(&mut first)? {
            let text = reader.skip()?.len();
            let end = reader.position();
            items.push(Item {
                array: self.clone(),
                range: end - text..end,
            });
        }
        Ok(items)
    }
}

/// Returns whether `text` is an object with this `_id`.
fn is_document(text: &str, id: &str) -> Result<bool, MalformedValue> {
    let mut reader = Reader::new(text);
    if reader.peek() != b'{' {
        return Ok(false);
    }
    reader.open(b'{')?;
    let mut first = true;
    while let Some(name) = reader.next_field(&mut first)? {
        if name == edit::ID {
            return Ok(reader.peek() == b'"' && reader.string()? == id);
        }
        reader.skip()?;
    }
    Ok(false)
}

impl Item {
    /// Returns the array with this item edited, as [`Encoded::edited`] does.
    pub(crate) fn edited(&self, before: &Value, after: &Value) -> Encoded {
        if before == after {
            return self.array.clone();
        }
        let (array, Range { start, end }) = (self.array.text(), self.range.clone());
        let mut text = String::with_capacity(array.len());
        text.push_str(&array[..start]);
        if edit::write(&mut Reader::new(self.text()), before, after, &mut text).is_err() {
            text.truncate(start);
            after.write_json(&mut text);
        }
        text.push_str(&array[end..]);
        Encoded {
            text: text.into(),
            ours: true,
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.array.text()[self.range.clone()]
    }

    /// Returns the item as a `T`.
    ///
    /// # Errors
    /// When the item is not a `T`.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        T::deserialize(Decoder::new(&mut Reader::new(self.text())))
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        let value = |item: &Self| Reader::new(item.text()).value();
        is_same_text(self.text(), other.text())
            || (self.array.ours != other.array.ours && value(self) == value(other))
    }
}

fn is_same_text(one: &str, other: &str) -> bool {
    one.len() == other.len() && words::same_start(one.as_bytes(), other.as_bytes()) == one.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &str) -> Encoded {
        Encoded::passed(Reader::new(text).skip().expect("is a value"))
    }

    #[test]
    fn an_array_is_split_into_its_items() {
        let array = encoded(r#" [ {"a":[1,2]} , "x\"]" ,null]"#);
        let items = array.items().expect("is an array");
        let texts: Vec<_> = items.iter().map(Item::text).collect();
        assert_eq!(texts, [r#"{"a":[1,2]}"#, r#""x\"]""#, "null"]);
        assert_eq!(items[1].decode::<String>().expect("is text"), r#"x"]"#);
        assert_eq!(encoded("[]").items().map(|items| items.len()), Some(0));
        assert!(encoded("{}").items().is_none());
    }

    proptest! {
        #[test]
        fn items_are_found_with_the_help_of_the_former_items(
            former in prop::collection::vec(r#"[1-9]{1,2}|"[ab\\\\]{0,2}"|\[[0-9]\]|\{"a":[0-9]\}"#, 0..6),
            now in prop::collection::vec(r#"[1-9]{1,2}|"[ab]{0,2}"|\[[0-9]\]|\{"a":[0-9]\}"#, 0..6),
            (from, until) in (0_usize..6, 0_usize..6),
        ) {
            let is_value = |text: &String| Reader::new(text).skip().is_ok_and(|it| it.len() == text.len());
            let former: Vec<_> = former.into_iter().filter(is_value).collect();
            // The new list has former items at both ends and other items in between.
            let kept = former.iter().skip(from.max(until)).cloned();
            let now: Vec<_> = former.iter().take(from).cloned().chain(now).chain(kept).collect();
            let list = |items: &[String]| encoded(&["[", &items.join(","), "]"].concat());
            let (before, after) = (list(&former), list(&now));
            let before = before.items().expect("is an array");
            let before: Vec<_> = before.iter().collect();
            let (items, start, end) = after.items_after(&before).expect("is an array");
            let texts: Vec<_> = items.iter().map(Item::text).collect();
            prop_assert_eq!(&texts, &now);
            let former_ends = (&former[..start], &former[former.len() - end..]);
            prop_assert_eq!((&now[..start], &now[now.len() - end..]), former_ends);
        }
    }

    #[test]
    fn the_items_of_a_field_are_found_at_any_position() {
        let page = encoded(r#"{"isDone":true,"page":[1,2],"splitCursor":null}"#);
        assert_eq!(page.field_items("page").map(|items| items.len()), Some(2));
        assert!(page.field_items("pages").is_none());
    }

    #[test]
    fn an_edit_that_changes_nothing_keeps_the_text() {
        let list = encoded(r#"[{"a":1.0,"b":2.0}]"#);
        let known = Value::from_json_str(r#"[{"a":1}]"#).expect("is a value");
        let edited = Value::from_json_str(r#"[{"a":3}]"#).expect("is a value");
        assert!(list.edited(&known, &known).is(&list));
        // Documents without an id cannot be matched, so the edited list replaces the former one whole.
        assert_eq!(list.edited(&known, &edited).text(), r#"[{"a":3}]"#);
        let other = encoded(r#"{"$integer":"AAAAAAAAAAA="}"#);
        let object = |text| Value::from_json_str(text).expect("is a value");
        let edited = other.edited(&object(r#"{"n":0}"#), &object(r#"{"n":1}"#));
        assert_eq!(
            edited.text(),
            r#"{"n":1}"#,
            "an edit of another shape replaces the value"
        );
    }

    #[test]
    fn values_written_by_us_and_by_convex_are_equal() {
        let theirs = encoded("[1.0,2]");
        let ours = Encoded::of(&theirs.value().expect("is a value"));
        assert_eq!(theirs, ours);
        assert_eq!(theirs.items(), ours.items());
        assert_ne!(
            theirs.items(),
            encoded("[1,2]").items(),
            "two texts of the same writer are compared as text"
        );
    }
}
