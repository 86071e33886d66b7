//! The words of a text, cut as the analyzer `convex_en` of the original does: runs of letters and
//! digits of any script, in lower case. There is no stemming and no list of stop words.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The longest word in bytes; longer ones are neither indexed nor searched.
const MAX_WORD: usize = 31;

/// Returns the words of a text, in order.
pub(super) fn words(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && word.len() <= MAX_WORD)
        .map(lower)
}

/// Returns how often each word occurs in a text.
pub(super) fn counts(text: &str) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for word in words(text) {
        *counts.entry(word.into_owned()).or_default() += 1;
    }
    counts
}

/// Lowers a word letter by letter: unlike `str::to_lowercase`, a sigma at the end of a word is like any other.
fn lower(word: &str) -> Cow<'_, str> {
    if word
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    {
        return Cow::Borrowed(word);
    }
    word.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_of_letters_and_digits_in_lower_case() {
        let cut = |text| words(text).collect::<Vec<_>>();
        assert_eq!(cut("Hello, World!"), ["hello", "world"]);
        assert_eq!(
            cut("don't re-read v1.2 @home"),
            ["don", "t", "re", "read", "v1", "2", "home"]
        );
        assert_eq!(cut("ÉTÉ straße ΟΔΟΣ"), ["été", "straße", "οδοσ"]);
        assert_eq!(cut(" …!? 😀 "), Vec::<String>::new());
        let (longest, longer) = ("x".repeat(31), "x".repeat(32));
        assert_eq!(cut(&format!("{longest} {longer} y")), [&longest, "y"]);
    }
}
