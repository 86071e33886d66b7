//! The table of rows, and its update to a new list.
//!
//! Items that are equal at both ends are skipped. The others are matched by text first, then by key. Code that does
//! not depend on the item's type is compiled once.

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
    /// Owns the rows' signals. It is dropped with the table.
    owner: Owner,
    /// The rows removed by this change and by the one before. Readers that are about to be cleaned up may run once
    /// more, so their signals are kept until then.
    gone: [Vec<RwSignal<T>>; 2],
}

struct Entry<K, T: Send + Sync + 'static> {
    item: Item,
    key: K,
    row: Row<T>,
}

/// A new list.
pub(in crate::hooks) enum Items {
    /// The items of one array.
    Of(Encoded),
    /// Single items, from any arrays.
    From(Vec<Item>),
}

/// The outcome of an update.
pub(super) struct Update<T: Send + Sync + 'static> {
    /// Signals that have a new value and must fire.
    pub(super) changed: Vec<RwSignal<T>>,
    /// The new rows, if rows came, went or moved.
    pub(super) rows: Option<Vec<Row<T>>>,
}

/// The origin of a row in the new list.
enum Origin<K, T> {
    /// A former row that is unchanged.
    Kept(usize),
    /// A former row with a new value.
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

    /// Updates the rows to `items`. Changes nothing when `items` is not a list or one of them is not a `T`.
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

    /// Finds the origin of each of `items` among the `former` items between the same ends. The first of them is at
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

/// Returns how many items are equal at the beginning and at the end.
pub(in crate::hooks) fn same_ends(former: &[&Item], items: &[Item]) -> (usize, usize) {
    index::same_ends(former, items, |former, item| *former == item)
}

/// Finds for each of `items` the former item with the same text, and which former items are thereby taken.
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
