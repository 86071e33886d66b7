//! A comparison of entries with keys that are kept whole.

use proptest::prelude::*;

use super::*;
use crate::value::tests::any_value;
use crate::value::{Object, Value};

const TABLE: u32 = 10_001;

/// Generates documents with few ids and few values, so that keys coincide.
fn documents() -> impl Strategy<Value = Vec<Parsed>> {
    let value = prop_oneof![
        any_value(),
        "[ab]{0,3}".prop_map(Value::String),
        "[ab]{18,26}".prop_map(Value::String),
    ];
    let document = (0u8..24, proptest::option::of(value)).prop_map(|(n, value)| {
        let id = DocumentId {
            table: TABLE,
            internal: [n.wrapping_mul(11); 16],
        };
        let mut fields = Object::from([("_id".to_owned(), Value::String(id.encode()))]);
        fields.extend(value.map(|value| ("a".to_owned(), value)));
        Parsed::new(id, fields)
    });
    proptest::collection::vec(document, 0..40)
}

/// Chooses the ends of a range, which are keys, beginnings of keys, or successors of keys.
fn bounds() -> impl Strategy<Value = (prop::sample::Index, prop::sample::Index, u8)> {
    (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<u8>(),
    )
}

fn whole_key(fields: &[String], document: &Parsed) -> Vec<u8> {
    index_key(fields, &document.fields)
}

proptest! {
    /// A range of entries contains the same documents as with whole keys, whether the entries
    /// were inserted one by one or all at once.
    #[test]
    fn entries_are_ordered_as_their_keys(
        written in documents(),
        kept in proptest::collection::vec(any::<bool>(), 40),
        (from, to, cut) in bounds(),
    ) {
        for fields in [vec!["_id".to_owned()], vec!["a".to_owned(), "_id".to_owned()]] {
            let by_id = fields.len() == 1;
            let mut entries = if by_id { Entries::by_id() } else { Entries::by_key() };
            let mut keys = std::collections::BTreeMap::new();
            let mut latest = std::collections::BTreeMap::new();
            for (document, kept) in written.iter().zip(&kept) {
                if let Some(former) = latest.remove(&document.document.id) {
                    entries.remove(&fields, former);
                    keys.remove(&whole_key(&fields, former));
                }
                if *kept {
                    entries.insert(&fields, document);
                    keys.insert(whole_key(&fields, document), document.document.clone());
                    latest.insert(document.document.id, document);
                }
            }
            let at_once = latest.values().map(|document| document.document.clone());
            let at_once = match by_id {
                true => Entries::all_by_id(at_once.collect()),
                false => Entries::all_by_key(latest.values().map(|document| {
                    (key_start(&fields, document), document.document.clone())
                }).collect()),
            };
            let mut ends: Vec<Vec<u8>> = vec![vec![], vec![255]];
            for document in &written {
                let key = whole_key(&fields, document);
                ends.push(key[..usize::from(cut) % (key.len() + 1)].to_vec());
                ends.extend(crate::value::key_successor(&key));
                ends.push(key);
            }
            let (from, to) = (from.get(&ends).as_slice(), to.get(&ends).as_slice());
            for (start, end) in [
                (Bound::Included(from), Bound::Excluded(to)),
                (Bound::Excluded(from), Bound::Excluded(to)),
                (Bound::Included(from), Bound::Unbounded),
            ] {
                let expected: Vec<_> = match is_empty(start, end) {
                    true => Vec::new(),
                    false => keys.range::<[u8], _>((start, end)).collect(),
                };
                for entries in [&entries, &at_once] {
                    let found = || entries.between(TABLE, start, end);
                    let documents: Vec<_> = found().into_iter().flatten().collect();
                    let wanted: Vec<_> = expected.iter().map(|(_, document)| *document).collect();
                    prop_assert_eq!(documents, wanted);
                    let first = found().and_then(Between::first).map(|(key, _)| key);
                    prop_assert_eq!(first.as_ref(), expected.first().map(|(key, _)| *key));
                    let last = found().and_then(Between::last).map(|(key, _)| key);
                    prop_assert_eq!(last.as_ref(), expected.last().map(|(key, _)| *key));
                }
            }
            prop_assert_eq!(entries.len(), keys.len());
        }
    }
}

#[test]
fn an_entry_takes_four_words() {
    assert_eq!(size_of::<Entry>(), 32);
}
