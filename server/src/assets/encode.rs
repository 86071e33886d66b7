//! Brotli, gzip and fingerprints of file contents.

use std::io::Write;

use sha2::{Digest, Sha256};

/// Below this many bytes an answer fits the first packet anyway.
const MIN_BYTES: usize = 1024;

/// Whether compressing a file of this type and size can gain anything.
pub(super) fn worthwhile(content_type: &str, bytes: usize) -> bool {
    let text = content_type.starts_with("text/")
        || ["javascript", "json", "wasm", "svg", "xml", "manifest"]
            .iter()
            .any(|kind| content_type.contains(kind));
    text && bytes >= MIN_BYTES
}

/// At the highest level: it is done once and sent many times.
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

/// For the few clients without Brotli (it is sent over https and localhost alone).
pub(super) fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// A short hash of the contents.
pub(super) fn fingerprint(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
