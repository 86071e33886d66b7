//! The brotli and gzip encodings of files, and their fingerprints.

use std::io::Write;

use sha2::{Digest, Sha256};

/// A smaller answer fits into the first packet anyway.
const MIN_BYTES: usize = 1024;

/// Returns whether compressing a file of this type and size is worthwhile.
pub(super) fn worthwhile(content_type: &str, bytes: usize) -> bool {
    let text = content_type.starts_with("text/")
        || ["javascript", "json", "wasm", "svg", "xml", "manifest"]
            .iter()
            .any(|kind| content_type.contains(kind));
    text && bytes >= MIN_BYTES
}

/// Compresses at the highest level, since it is done once and sent many times.
pub(super) fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &params).ok()?;
    Some(out)
}

/// Compresses for the few clients without brotli, which browsers accept only over https and on localhost.
pub(super) fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// Returns a short hash of the contents.
pub(super) fn fingerprint(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
