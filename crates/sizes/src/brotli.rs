//! The compression that the server uses.

use brotli::enc::BrotliEncoderParams;

/// Returns the compressed size at the highest level, at which the server compresses each file once.
///
/// ```
/// let repeated = "tell me more ".repeat(100);
/// assert!(sizes::brotli::compressed(repeated.as_bytes()) < 50);
/// ```
#[must_use]
pub fn compressed(bytes: &[u8]) -> usize {
    let params = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut counted = Counted(0);
    // Reading from memory and counting do not fail.
    brotli::BrotliCompress(&mut &bytes[..], &mut counted, &params)
        .map_or(bytes.len(), |_| counted.0)
}

/// A writer that counts bytes.
struct Counted(usize);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::compressed;

    #[test]
    fn counts_what_a_browser_would_unpack() {
        let text: String = (0..20_000).map(|n| format!("{} ", n * n % 977)).collect();
        let mut packed = Vec::new();
        let params = brotli::enc::BrotliEncoderParams {
            quality: 11,
            lgwin: 22,
            size_hint: text.len(),
            ..Default::default()
        };
        brotli::BrotliCompress(&mut text.as_bytes(), &mut packed, &params).expect("packed");
        assert_eq!(compressed(text.as_bytes()), packed.len());
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut unpacked).expect("unpacked");
        assert_eq!(unpacked, text.as_bytes());
    }

    #[test]
    fn noise_does_not_shrink_and_no_bytes_stay_small() {
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        })
        .take(10_000)
        .collect();
        assert!(compressed(&noise) >= 10_000);
        assert!(compressed(&[]) <= 2);
    }
}
