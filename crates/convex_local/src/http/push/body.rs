//! Bodies of pushes: JSON, usually compressed with Brotli.

use std::io::Read as _;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_ENCODING;
use serde::de::DeserializeOwned;

use crate::http::error::ApiError;

/// Convex's limit for the code of an app, both uncompressed and compressed.
pub(in crate::http) const LIMIT: usize = 200_000_000;
const BUFFER: usize = 1 << 16;

/// The value of a JSON body, compressed or not.
pub(in crate::http) struct Compressed<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send + 'static> FromRequest<S> for Compressed<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let encoding = request.headers().get(CONTENT_ENCODING);
        let brotli = match encoding.map(http::HeaderValue::as_bytes) {
            None | Some(b"identity") => false,
            Some(b"br") => true,
            Some(_) => {
                return Err(ApiError::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "UnsupportedEncoding",
                    "The body may be compressed with Brotli (`br`) alone.",
                ));
            }
        };
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| {
            ApiError::new(rejection.status(), "BadPush", rejection.body_text())
        })?;
        // Parsing megabytes must not block threads that serve other requests.
        let parsed = tokio::task::spawn_blocking(move || parse(&body, brotli, LIMIT)).await;
        parsed
            .unwrap_or_else(|error| Err(error.to_string()))
            .map(Self)
            .map_err(|error| ApiError::bad_request("BadPush", error))
    }
}

fn parse<T: DeserializeOwned>(body: &[u8], brotli: bool, limit: usize) -> Result<T, String> {
    let malformed = |error: serde_json::Error| format!("The push is not understood: {error}");
    if !brotli {
        return serde_json::from_slice(body).map_err(malformed);
    }
    let mut json = Vec::new();
    brotli::Decompressor::new(body, BUFFER)
        .take(limit as u64 + 1)
        .read_to_end(&mut json)
        .map_err(|error| format!("The push cannot be decompressed: {error}"))?;
    if json.len() > limit {
        return Err(format!("The push is larger than {limit} bytes."));
    }
    serde_json::from_slice(&json).map_err(malformed)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn compressed(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let params = brotli::enc::BrotliEncoderParams::default();
        brotli::BrotliCompress(&mut &bytes[..], &mut out, &params).expect("compresses");
        out
    }

    #[test]
    fn a_body_is_read_with_and_without_compression() {
        assert_eq!(parse::<Value>(b"[1]", false, 9), Ok(json!([1])));
        assert_eq!(parse::<Value>(&compressed(b"[1]"), true, 9), Ok(json!([1])));
    }

    #[test]
    fn invalid_and_too_large_bodies_are_refused() {
        let refused = |body: &[u8]| parse::<Value>(body, true, 1000).expect_err("refused");
        assert!(refused(b"[1]").starts_with("The push cannot be decompressed"));
        assert!(refused(&compressed(b"[1")).starts_with("The push is not understood"));
        let bomb = compressed(&[b' '; 1010]);
        assert!(bomb.len() < 100);
        assert!(refused(&bomb).starts_with("The push is larger than"));
    }
}
