//! The answer to a request for a file: content coding, validators, caching.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};

use super::Asset;

const FOREVER: &str = "public, max-age=31536000, immutable";
const REVALIDATE: &str = "public, no-cache";

/// `200` in the best coding the client takes, `304` if it has the file, `405` for other methods.
pub(super) fn respond(asset: &Asset, method: &Method, request: &HeaderMap) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return empty(
            StatusCode::METHOD_NOT_ALLOWED,
            &[(header::ALLOW, "GET, HEAD")],
        );
    }
    let (coding, bytes) = choose(asset, request);
    let etag = match coding {
        Some(coding) => format!("\"{}-{coding}\"", asset.etag),
        None => format!("\"{}\"", asset.etag),
    };
    let cache = if asset.immutable { FOREVER } else { REVALIDATE };
    let common = [
        (header::ETAG, etag.as_str()),
        (header::CACHE_CONTROL, cache),
        (header::VARY, "accept-encoding"),
    ];
    if has_current(request, &asset.etag) {
        return empty(StatusCode::NOT_MODIFIED, &common);
    }
    let mut response = empty(StatusCode::OK, &common);
    insert(
        response.headers_mut(),
        header::CONTENT_TYPE,
        &asset.content_type,
    );
    insert(
        response.headers_mut(),
        header::CONTENT_LENGTH,
        &bytes.len().to_string(),
    );
    if let Some(coding) = coding {
        insert(response.headers_mut(), header::CONTENT_ENCODING, coding);
    }
    if *method == Method::GET {
        *response.body_mut() = Body::from(bytes);
    }
    response
}

fn choose(asset: &Asset, request: &HeaderMap) -> (Option<&'static str>, Bytes) {
    let accepted = all(request, &header::ACCEPT_ENCODING);
    let encodings = [("br", &asset.brotli), ("gzip", &asset.gzip)];
    encodings
        .into_iter()
        .filter(|(name, _)| accepts(&accepted, name))
        .find_map(|(name, slot)| Some((Some(name), slot.get()?.clone()?)))
        .unwrap_or_else(|| (None, asset.identity.clone()))
}

/// Whether a list such as `gzip;q=0.5, br` takes `coding`.
fn accepts(list: &str, coding: &str) -> bool {
    list.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = parts.any(|part| {
            part.strip_prefix("q=")
                .and_then(|q| q.parse::<f32>().ok())
                .is_some_and(|q| q <= 0.0)
        });
        named && !refused
    })
}

/// Whether `If-None-Match` names these contents, in whatever coding the client got them.
fn has_current(request: &HeaderMap, fingerprint: &str) -> bool {
    all(request, &header::IF_NONE_MATCH).split(',').any(|tag| {
        let tag = tag.trim().trim_start_matches("W/").trim_matches('"');
        tag == "*" || tag.trim_end_matches("-br").trim_end_matches("-gzip") == fingerprint
    })
}

/// All values of a header as one list; unreadable ones left out.
fn all(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<&str> = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    values.join(",")
}

fn empty(status: StatusCode, headers: &[(HeaderName, &str)]) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    for (name, value) in headers {
        insert(response.headers_mut(), name.clone(), value);
    }
    response
}

/// Sets a header from a text of our own. A text that is not valid in a header is left out.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
