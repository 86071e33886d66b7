//! The table of rows, and the laying of a new list over it.
//!
//! What is the same at both ends is passed over; what is left is found by its text, then by its key. Whatever
//! does not depend on the item's type is compiled once.

use std::hash::Hash;

use leptos::{prelude::*, reactive::traits::Dispose};
use serde::de::DeserializeOwned;

use super::Row;
use crate::{
    index::{self, Index, hash},
    value::{DecodeError, Encoded, Item},
};

pub(super) struct Table<K, T: Send + Sync + 'static> {
    entries: Vec<Entry<K, T>>,
    next_key: u32,
    /// Owns the rows' signals, and goes with the table.
    owner: Owner,
    /// Rows that went with this change and the one before. Readers that are about to be cleaned up may run once more,
    /// so their signals stay until then.
    gone: [Vec<RwSignal<T>>; 2],
}

struct Entry<K, T: Send + Sync + 'static> {
    item: Item,
    key: K,
    row: Row<T>,
}

/// A new list.
pub(in crate::hooks) enum Items {
    /// The items of this array.
    Of(Encoded),
    /// These, whichever arrays they are from.
    From(Vec<Item>),
}

/// What a new list comes to.
pub(super) struct Update<T: Send + Sync + 'static> {
    /// Signals that have a new value and are to be fired.
    pub(super) changed: Vec<RwSignal<T>>,
    /// The rows, when others are there than before or in another order.
    pub(super) rows: Option<Vec<Row<T>>>,
}

/// Where a row of the new list comes from.
enum Origin<K, T> {
    /// A former row that stays as it is.
    Kept(usize),
    /// A former row with another value.
    Changed(usize, K, T),
    New(K, T),
}

impl<K: Hash + Eq, T: DeserializeOwned + Send + Sync + 'static> Table<K, T> {
    pub(super) fn new() -> Self {
        Self {
            entries: Vec::new(),
            next_key: 0,
            owner: Owner::new(),
            gone: [Vec::new(), Vec::new()],
        }
    }

    /// Lays `items` over the rows there are. When they are none, or one of them is no `T`, nothing changes.
    pub(super) fn update(&mut self, items: Items, key: &dyn Fn(&T) -> K) -> Update<T> {
        let mut update = Update {
            changed: Vec::new(),
            rows: None,
        };
        let former: Vec<_> = self.entries.iter().map(|entry| &entry.item).collect();
        let laid = match items {
            Items::Of(list) => list.items_after(&former),
            Items::From(items) => {
                let (start, end) = same_ends(&former, &items);
                Some((items, start, end))
            }
        };
        let Some((items, start, end)) = laid else {
            return update;
        };
        let middle = start..items.len() - end;
        match self.origins(
            &former[start..former.len() - end],
            &items[middle],
            start,
            key,
        ) {
            Ok(origins) => self.rearrange(items, start, end, origins, &mut update),
            Err(error) => {
                leptos::logging::error!("[Convex] the rows of a list stay as they are: {error}");
            }
        }
        update
    }

    /// Finds where each of `items` comes from, given the `former` ones between the same ends; the first of those is at
    /// `start`.
    fn origins(
        &self,
        former: &[&Item],
        items: &[Item],
        start: usize,
        key: &dyn Fn(&T) -> K,
    ) -> Result<Vec<Origin<K, T>>, DecodeError> {
        let (same, mut taken) = by_text(former, items);
        let keys = former.iter().enumerate();
        let by_key = Index::new(
            keys.filter(|(at, _)| !taken[*at])
                .map(|(at, _)| (hash(&self.entries[start + at].key), at)),
        );
        let origin = |(item, same): (&Item, Option<usize>)| {
            if let Some(at) = same {
                return Ok(Origin::Kept(start + at));
            }
            let value: T = item.decode()?;
            let key = key(&value);
            let known = by_key.find(hash(&key), |at| {
                !taken[at] && self.entries[start + at].key == key
            });
            Ok(match known {
                None => Origin::New(key, value),
                Some(at) => {
                    taken[at] = true;
                    if former[at] == item {
                        Origin::Kept(start + at)
                    } else {
                        Origin::Changed(start + at, key, value)
                    }
                }
            })
        };
        items.iter().zip(same).map(origin).collect()
    }

    fn rearrange(
        &mut self,
        items: Vec<Item>,
        start: usize,
        end: usize,
        origins: Vec<Origin<K, T>>,
        update: &mut Update<T>,
    ) {
        let mut former: Vec<_> = std::mem::take(&mut self.entries)
            .into_iter()
            .map(Some)
            .collect();
        let mut is_moved = former.len() != items.len();
        let last = items.len() - end;
        let ends = former.len() - end;
        let mut origins = origins.into_iter();
        for (at, item) in items.into_iter().enumerate() {
            let origin = if at < start {
                Some(Origin::Kept(at))
            } else if at >= last {
                Some(Origin::Kept(at - last + ends))
            } else {
                origins.next()
            };
            let entry = match origin {
                Some(Origin::Kept(from)) => {
                    is_moved |= from != at;
                    former[from].take().map(|entry| Entry { item, ..entry })
                }
                Some(Origin::Changed(from, key, value)) => {
                    is_moved |= from != at;
                    former[from].take().map(|entry| {
                        let signal = entry.row.item;
                        let _ = signal.try_update_untracked(|item| *item = value);
                        update.changed.push(signal);
                        Entry { item, key, ..entry }
                    })
                }
                Some(Origin::New(key, value)) => {
                    is_moved = true;
                    Some(self.entry(item, key, value))
                }
                None => None,
            };
            self.entries.extend(entry);
        }
        if is_moved {
            let gone = former.into_iter().flatten().map(|entry| entry.row.item);
            self.bury(gone.collect());
            update.rows = Some(self.entries.iter().map(|entry| entry.row).collect());
        }
    }

    fn entry(&mut self, item: Item, key: K, value: T) -> Entry<K, T> {
        let row = Row {
            key: self.next_key,
            item: self.owner.with(|| RwSignal::new(value)),
        };
        self.next_key = self.next_key.wrapping_add(1);
        Entry { item, key, row }
    }

    fn bury(&mut self, gone: Vec<RwSignal<T>>) {
        let [last, before] = &mut self.gone;
        for signal in std::mem::replace(before, std::mem::replace(last, gone)) {
            signal.dispose();
        }
    }
}

/// Returns how many items are the same at the beginning and at the end.
pub(in crate::hooks) fn same_ends(former: &[&Item], items: &[Item]) -> (usize, usize) {
    index::same_ends(former, items, |former, item| *former == item)
}

/// Finds for each of `items` the former one of the same text, and which former ones that takes.
fn by_text(former: &[&Item], items: &[Item]) -> (Vec<Option<usize>>, Vec<bool>) {
    let texts = former.iter().enumerate();
    let index = Index::new(texts.map(|(at, item)| (hash(item.text()), at)));
    let mut taken = vec![false; former.len()];
    let find = |item: &Item| {
        let text = item.text();
        let at = index.find(hash(text), |at| !taken[at] && former[at].text() == text)?;
        taken[at] = true;
        Some(at)
    };
    (items.iter().map(find).collect(), taken)
}
