//! Text compared eight bytes at a time. A list of a thousand documents is many thousand bytes long, and is scanned
//! again on each change.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Returns how many bytes at the beginning are neither a quote, nor a backslash, nor a control character.
pub(super) fn plain(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (LOW * u64::from(b'"')))
            | zeros(word ^ (LOW * u64::from(b'\\')))
            | (word.wrapping_sub(LOW * 0x20) & !word & HIGH);
        if found != 0 {
            return at * 8 + first(found);
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let plain = rest.iter().position(special).unwrap_or(rest.len());
    bytes.len() - rest.len() + plain
}

/// Returns how many bytes are equal at the beginning.
pub(super) fn same_start(one: &[u8], other: &[u8]) -> usize {
    let words = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    let mut at = 0;
    for (a, b) in words {
        let differ = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differ != 0 {
            return at + first(differ);
        }
        at += 8;
    }
    let rest = one[at..].iter().zip(&other[at..]);
    at + rest.take_while(|(a, b)| a == b).count()
}

/// Returns how many bytes are equal at the end.
pub(super) fn same_end(one: &[u8], other: &[u8]) -> usize {
    let words = one.as_rchunks::<8>().1.iter().rev();
    let mut same = 0;
    for (a, b) in words.zip(other.as_rchunks::<8>().1.iter().rev()) {
        let differ = u64::from_be_bytes(*a) ^ u64::from_be_bytes(*b);
        if differ != 0 {
            return same + first(differ);
        }
        same += 8;
    }
    let rest = one[..one.len() - same].iter().rev();
    let rest = rest.zip(other[..other.len() - same].iter().rev());
    same + rest.take_while(|(a, b)| a == b).count()
}

/// Marks zero bytes. The first mark is always right; after it, some bytes that are one are marked, too.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// Returns the index of the first byte with a set bit, in the order of the text.
const fn first(word: u64) -> usize {
    word.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_give_the_same_results_as_single_bytes(
            one in "[ab\"\\\\\u{1}\u{20}\u{1f}\u{ff}]{0,40}",
            other in "[ab\"]{0,40}",
            shared in "[ab]{0,40}",
        ) {
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            let bytes = [shared.as_bytes(), one.as_bytes()].concat();
            let expected = bytes.iter().position(special).unwrap_or(bytes.len());
            prop_assert_eq!(plain(&bytes), expected);

            let others = [shared.as_bytes(), other.as_bytes()].concat();
            let same = bytes.iter().zip(&others).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(same_start(&bytes, &others), same);

            let bytes = [one.as_bytes(), shared.as_bytes()].concat();
            let others = [other.as_bytes(), shared.as_bytes()].concat();
            let same = bytes.iter().rev().zip(others.iter().rev()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(same_end(&bytes, &others), same);
        }
    }
}
