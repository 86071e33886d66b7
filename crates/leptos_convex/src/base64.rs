//! Base64 of short texts: timestamps, int64s, bytes and tokens. The crate of that name would add 3 KB to every page.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes standard base64, padded.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for place in 0..4 {
            let letter = (bits >> (18 - 6 * place)) & 63;
            text.push(if place > chunk.len() {
                '='
            } else {
                char::from(LETTERS[letter as usize])
            });
        }
    }
    text
}

/// Reads standard base64, padded. Returns `None` for everything else, and if unused bits at the end are set.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let letters = text.trim_end_matches('=');
    let padding = text.len() - letters.len();
    let is_padded = text.len().is_multiple_of(4) && padding <= 2;
    is_padded.then(|| unpadded(letters, *b"+/"))?
}

/// Reads the base64 of tokens, which has the URL-safe letters and no padding.
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    unpadded(text, *b"-_")
}

/// Decodes a text; `last` are the letters for 62 and 63.
fn unpadded(text: &str, last: [u8; 2]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            _ if letter == last[0] => 62,
            _ if letter == last[1] => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., byte] = (bits >> count).to_be_bytes();
            bytes.push(byte);
        }
    }
    let left = bits & ((1 << count) - 1);
    (count < 6 && left == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn incomplete_text_and_unused_bits_are_refused() {
        for text in [
            "A", "A===", "AA", "AA=", "AB==", "AA=A", "AAAA====", "====", "A-==", "ä===",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
        for text in ["A", "AA==", "AB", "A+", "A/", "A A"] {
            assert_eq!(decode_url(text), None, "{text}");
        }
        assert_eq!(decode(""), Some(Vec::new()));
        assert_eq!(decode("/+8="), Some(vec![0xff, 0xef]));
        assert_eq!(decode_url("_-8"), Some(vec![0xff, 0xef]));
    }

    proptest! {
        #[test]
        fn bytes_survive_encoding_and_decoding(bytes: Vec<u8>) {
            let text = encode(&bytes);
            prop_assert_eq!(&text, &general_purpose::STANDARD.encode(&bytes));
            prop_assert_eq!(decode(&text), Some(bytes.clone()));
            let url = general_purpose::URL_SAFE_NO_PAD.encode(&bytes);
            prop_assert_eq!(decode_url(&url), Some(bytes));
        }

        #[test]
        fn texts_are_decoded_as_by_the_crate_base64(text in "[A-Da-d0-3+/_=-]{0,12}") {
            prop_assert_eq!(decode(&text), general_purpose::STANDARD.decode(&text).ok());
            prop_assert_eq!(decode_url(&text), general_purpose::URL_SAFE_NO_PAD.decode(&text).ok());
        }
    }
}
