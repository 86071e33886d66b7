//! The origins of a list's rows, and the choice of rows that can stay in place.

use crate::index::{Index, same_ends};

/// What to do for a row, with its former place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    New,
    Moves(usize),
    Stays(usize),
}

/// Returns the origin of each of `keys`. As many rows as possible stay: a longest run of rows whose order is
/// unchanged.
pub(super) fn origins(former: &[u32], keys: &[u32]) -> Vec<Origin> {
    let (start, end) = same_ends(former, keys, |former, key| former == key);
    let (former_end, keys_end) = (former.len() - end, keys.len() - end);
    let between = former[start..former_end].iter().zip(start..);
    let index = Index::new(between.map(|(key, at)| (u64::from(*key), at)));
    let mut is_taken = vec![false; former_end];
    let mut find = |key: &u32| {
        let at = index.find(u64::from(*key), |at| !is_taken[at])?;
        is_taken[at] = true;
        Some(at)
    };
    let places: Vec<_> = keys[start..keys_end].iter().map(&mut find).collect();
    let stay = longest_ascending(&places);
    let moved = places.into_iter().zip(stay).map(|origin| match origin {
        (None, _) => Origin::New,
        (Some(at), true) => Origin::Stays(at),
        (Some(at), false) => Origin::Moves(at),
    });
    let first = (0..start).map(Origin::Stays);
    let last = (former_end..former.len()).map(Origin::Stays);
    first.chain(moved).chain(last).collect()
}

/// Returns which of `places` form a longest ascending subsequence.
fn longest_ascending(places: &[Option<usize>]) -> Vec<bool> {
    // For each length, the end of the subsequence that ends at the lowest place.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; places.len()];
    for (at, place) in places.iter().enumerate() {
        if place.is_some() {
            let shorter = ends.partition_point(|end| places[*end] < *place);
            before[at] = shorter.checked_sub(1).map(|last| ends[last]);
            match ends.get_mut(shorter) {
                Some(end) => *end = at,
                None => ends.push(at),
            }
        }
    }
    let mut is_of_it = vec![false; places.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        is_of_it[at] = true;
        next = before[at];
    }
    is_of_it
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Origin::*, *};

    #[test]
    fn as_few_rows_as_possible_move() {
        assert_eq!(
            origins(&[1, 2, 3, 4], &[4, 1, 2, 3]),
            [Moves(3), Stays(0), Stays(1), Stays(2)]
        );
        assert_eq!(
            origins(&[1, 2, 3, 4], &[2, 3, 1, 4]),
            [Stays(1), Stays(2), Moves(0), Stays(3)]
        );
        assert_eq!(origins(&[1, 2, 3], &[9, 3, 1]), [New, Moves(2), Stays(0)]);
        assert_eq!(origins(&[1, 1], &[1, 1, 1]), [Stays(0), Stays(1), New]);
    }

    /// Returns the length of the longest ascending subsequence, computed the slow way.
    fn longest(places: &[usize]) -> usize {
        let mut lengths: Vec<usize> = Vec::new();
        for (at, place) in places.iter().enumerate() {
            let shorter = lengths
                .iter()
                .zip(places)
                .filter(|(_, other)| *other < place);
            let length = shorter.map(|(length, _)| *length).max().unwrap_or(0) + 1;
            lengths.insert(at, length);
        }
        lengths.into_iter().max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn every_row_has_its_origin_and_the_longest_run_stays(
            former in prop::collection::vec(0_u32..20, 0..20),
            keys in prop::collection::vec(0_u32..20, 0..20),
        ) {
            let origins = origins(&former, &keys);
            let place = |origin: &Origin| match origin {
                New => None,
                Moves(at) | Stays(at) => Some(*at),
            };
            let mut places: Vec<_> = origins.iter().filter_map(place).collect();
            let stay: Vec<_> = origins.iter().filter(|it| matches!(it, Stays(_))).filter_map(place).collect();
            prop_assert!(stay.is_sorted());
            if former.len() == former.iter().collect::<std::collections::BTreeSet<_>>().len() {
                prop_assert_eq!(stay.len(), longest(&places), "the longest run stays if keys are unique");
            }
            for (key, origin) in keys.iter().zip(&origins) {
                prop_assert!(place(origin).is_none_or(|at| former[at] == *key));
            }
            for key in &keys {
                let count = |keys: &[u32]| keys.iter().filter(|other| *other == key).count();
                let kept = places.iter().filter(|at| former[**at] == *key).count();
                prop_assert_eq!(kept, count(&former).min(count(&keys)));
            }
            places.sort_unstable();
            places.dedup();
            prop_assert_eq!(places.len(), origins.iter().filter_map(place).count(), "each former row is used once");
        }
    }
}
