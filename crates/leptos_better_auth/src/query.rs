//! Query strings.

/// Returns `text` as a value in a query string. The router's `Url::escape` needs a browser or the feature `ssr`, which
/// a client with [`AuthFetch`](crate::AuthFetch) may not have. It also escapes differently in each of them.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            for digit in [byte >> 4, byte & 15] {
                escaped.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn characters_with_a_meaning_in_an_address_are_escaped() {
        assert_eq!(escape("a-b_c.d~9"), "a-b_c.d~9");
        assert_eq!(escape("a&b=c+d/e #ü%"), "a%26b%3Dc%2Bd%2Fe%20%23%C3%BC%25");
    }
}
