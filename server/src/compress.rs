//! The compression of pages.
//!
//! Files are compressed once, at the start ([`assets`](crate::assets)). A page is compressed when it is sent. If
//! somebody sees the encrypted traffic and controls a part of the page, the length of the compressed page can reveal
//! its content ([BREACH](https://www.breachattack.com)). The part that a stranger controls is the address of the page.
//! So a page that may contain secrets is compressed only if it cannot contain anything of its address.

use axum::{
    body::HttpBody,
    extract::Request,
    http::{Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, predicate::Predicate},
};

use crate::headers::is_page;

/// Gzip's level. Higher levels take longer than they save on the line.
const LEVEL: i32 = 4;

/// Compresses the pages that [`mark`] has marked, by gzip: brotli makes the dashboard 180 bytes smaller and takes twice
/// as long, which is longer than its rendering. This layer must be outside of [`mark`].
pub(crate) fn layer() -> CompressionLayer<Marked> {
    CompressionLayer::new()
        .quality(CompressionLevel::Precise(LEVEL))
        .compress_when(Marked)
}

/// Marks the pages that may be compressed.
pub(crate) async fn mark(request: Request, next: Next) -> Response {
    let get = request.method() == Method::GET;
    let public = !request.headers().contains_key(header::COOKIE);
    let bare = request.uri().query().is_none();
    let mut response = next.run(request).await;
    // The page of an unknown address may show that address.
    let chosen = !bare || response.status() == StatusCode::NOT_FOUND;
    if get && is_page(response.headers()) && (public || !chosen) {
        response.extensions_mut().insert(Marked);
    }
    response
}

/// The mark of an answer that may be compressed, and the predicate that checks for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marked;

impl Predicate for Marked {
    fn should_compress<B: HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        response.extensions().get::<Marked>().is_some()
    }
}
