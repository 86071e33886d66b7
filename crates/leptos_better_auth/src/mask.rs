//! A token that looks different in each page.
//!
//! The length of a compressed page can reveal a constant part of it, bit by bit over many loads
//! ([BREACH](https://www.breachattack.com)). A masked token is never constant: it is a random pad and the token shifted
//! by it.

/// The letters of JSON Web Tokens.
pub(crate) const LETTERS: &[u8; 65] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

/// Returns the token that was masked; `None` if `masked` is not an output of [`mask`].
pub(crate) fn unmask(masked: &str) -> Option<String> {
    let (pad, masked) = masked.split_at_checked(masked.len() / 2)?;
    if pad.len() != masked.len() {
        return None;
    }
    let back = pad
        .bytes()
        .map(|letter| place(letter).map(|at| LETTERS.len() - at));
    let letters = shifted(masked, back.collect::<Option<Vec<_>>>()?.into_iter())?;
    String::from_utf8(letters).ok()
}

/// Shifts each letter of `text` by as many places as `by` gives.
fn shifted(text: &str, by: impl Iterator<Item = usize>) -> Option<Vec<u8>> {
    text.bytes()
        .zip(by)
        .map(|(letter, by)| Some(LETTERS[(place(letter)? + by) % LETTERS.len()]))
        .collect()
}

/// Returns the index of `letter` in [`LETTERS`].
fn place(letter: u8) -> Option<usize> {
    let place = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        b'.' => 64,
        _ => return None,
    };
    Some(place.into())
}

#[cfg(feature = "ssr")]
pub(crate) use server::mask;

#[cfg(feature = "ssr")]
mod server {
    use super::{LETTERS, shifted};
    use crate::server::random_bytes;

    /// Masks `token`; `None` if it has letters that no token has.
    pub(crate) fn mask(token: &str) -> Option<String> {
        let pad: Vec<usize> = random_bytes(token.len())
            .into_iter()
            .map(|byte| usize::from(byte) % LETTERS.len())
            .collect();
        let masked = shifted(token, pad.iter().copied())?;
        let letters = pad.into_iter().map(|at| LETTERS[at]).chain(masked);
        String::from_utf8(letters.collect()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "ssr")]
    #[test]
    fn a_masked_token_can_be_unmasked() {
        for token in ["", "a", "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.x-_9"] {
            let masked = mask(token).expect("a token's letters");
            assert_eq!(unmask(&masked).as_deref(), Some(token), "{masked}");
        }
        assert_eq!(mask("a b"), None);
    }

    #[test]
    fn each_letter_has_its_place() {
        for (at, letter) in LETTERS.iter().enumerate() {
            assert_eq!(place(*letter), Some(at));
        }
    }

    #[test]
    fn text_that_is_not_a_masked_token_is_refused() {
        for masked in ["a", "ab c", "äb"] {
            assert_eq!(unmask(masked), None, "{masked}");
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a_token_is_masked_differently_each_time() {
        let token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.x-_9";
        let (one, other) = (mask(token), mask(token));
        assert!(one != other && !one.is_some_and(|masked| masked.contains(token)));
    }
}
