//! An index of positions by content, for comparing lists.
//!
//! A hash map is compiled once for each type of key; this index is compiled once in all.

use std::hash::{Hash, Hasher};

/// Positions by hash, sorted.
pub(crate) struct Index(Vec<(u64, usize)>);

impl Index {
    pub(crate) fn new(entries: impl Iterator<Item = (u64, usize)>) -> Self {
        let mut entries: Vec<_> = entries.collect();
        entries.sort_unstable();
        Self(entries)
    }

    /// Returns the first position with this `hash` for which `fits` is true.
    pub(crate) fn find(&self, hash: u64, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let first = self.0.partition_point(|(known, _)| *known < hash);
        let same = self.0[first..].iter();
        same.take_while(|(known, _)| *known == hash)
            .map(|(_, at)| *at)
            .find(|at| fits(*at))
    }
}

/// FNV-1a over eight bytes at a time. An item's text is long, and a collision only costs one more comparison.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0 ^ u64::from_le_bytes(word)).wrapping_mul(0x0100_0000_01b3);
            self.0 ^= self.0 >> 32;
        }
    }
}

/// A hasher for keys that no attacker chooses.
pub(crate) fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    value.hash(&mut hasher);
    hasher.finish()
}

/// Returns how many items are equal at the beginning and at the end. No item counts for both.
pub(crate) fn same_ends<A, B>(
    former: &[A],
    items: &[B],
    same: impl Fn(&A, &B) -> bool,
) -> (usize, usize) {
    let fits = |(former, item): &(&A, &B)| same(former, item);
    let start = former.iter().zip(items).take_while(fits).count();
    let (former, items) = (&former[start..], &items[start..]);
    let end = former.iter().rev().zip(items.iter().rev());
    (start, end.take_while(fits).count())
}
