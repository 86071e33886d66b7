//! A sorted map for the few entries a page has.
//!
//! The standard library's maps are compiled for each pair of key and value, at 5 to 10 KB of WebAssembly each. A
//! sorted `Vec` takes a tenth of that, and is no slower for the tens of queries and requests that such a map holds.

/// A map sorted by key. A look-up takes a binary search; inserting and removing move the entries behind.
#[derive(Clone, Debug)]
pub(crate) struct VecMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for VecMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> VecMap<K, V> {
    fn position(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.cmp(key))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Creates a map of `entries` and sorts once. Inserting them one by one would move the later entries each time.
    /// Of entries with the same key only one stays.
    pub(crate) fn collect(mut entries: Vec<(K, V)>) -> Self {
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        entries.dedup_by(|(a, _), (b, _)| a == b);
        Self(entries)
    }

    /// Removes and returns all values for which `is_due` is true.
    pub(crate) fn take_if(&mut self, is_due: impl Fn(&V) -> bool) -> Vec<V> {
        let due = self.0.extract_if(.., |(_, value)| is_due(value));
        due.map(|(_, value)| value).collect()
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let at = self.position(key).ok()?;
        Some(&self.0[at].1)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.position(key).ok()?;
        Some(&mut self.0[at].1)
    }

    /// Replaces all entries.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.position(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    pub(crate) fn get_or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        let at = match self.position(&key) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (key, value()));
                at
            }
        };
        &mut self.0[at].1
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.position(key).ok()?;
        Some(self.0.remove(at).1)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_regardless_of_the_order_of_insertion() {
        let mut map = VecMap::default();
        for key in [5, 1, 9, 3, 1] {
            map.insert(key, key * 10);
        }
        *map.get_or_insert_with(3, || 0) += 1;
        *map.get_or_insert_with(4, || 40) += 1;
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), [1, 3, 4, 5, 9]);
        assert_eq!(map.get(&3), Some(&31));
        assert_eq!(map.get(&4), Some(&41));
        assert_eq!(map.remove(&1), Some(10));
        assert_eq!((map.remove(&1), map.get(&2)), (None, None));
        assert_eq!(map.values().copied().collect::<Vec<_>>(), [31, 41, 50, 90]);
        assert_eq!(map.take_if(|value| *value > 40), [41, 50, 90]);
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), [3]);
        let map = VecMap::collect(vec![(3, "c"), (1, "a"), (2, "b"), (1, "again")]);
        assert_eq!(map.values().copied().collect::<String>(), "abc");
    }
}
