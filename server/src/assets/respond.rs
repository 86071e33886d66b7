//! The answer to a request for a file: content coding, validators, caching.

use std::ops::Range;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use http_range_header::{RangeUnsatisfiableError, parse_range_header};

use super::Asset;

const FOREVER: &str = "public, max-age=31536000, immutable";
const REVALIDATE: &str = "public, no-cache";

/// Answers `200` in the best encoding that the client accepts, `206` with a part of the file, `304` if the client has
/// the file, `405` for other methods.
pub(super) fn respond(asset: &Asset, method: &Method, request: &HeaderMap) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return empty(
            StatusCode::METHOD_NOT_ALLOWED,
            &[(header::ALLOW, "GET, HEAD")],
        );
    }
    // `Range` has a meaning for `GET` alone, and only after the conditions (RFC 9110, sections 14.2 and 13.2.2).
    let asked = match *method == Method::GET && !has_current(request, &asset.etag) {
        true => requested(asset, request),
        false => Ok(None),
    };
    let range = match asked {
        Ok(range) => range,
        Err(Unsatisfiable) => {
            let whole = format!("bytes */{}", asset.identity.len());
            let headers = [(header::CONTENT_RANGE, whole.as_str())];
            return empty(StatusCode::RANGE_NOT_SATISFIABLE, &headers);
        }
    };
    let (coding, bytes) = match &range {
        // A range refers to the uncompressed file.
        Some(range) => (None, asset.identity.slice(range.clone())),
        None => choose(asset, request),
    };
    let etag = match coding {
        Some(coding) => format!("\"{}-{coding}\"", asset.etag),
        None => format!("\"{}\"", asset.etag),
    };
    let cache = if asset.immutable { FOREVER } else { REVALIDATE };
    let common = [
        (header::ETAG, etag.as_str()),
        (header::CACHE_CONTROL, cache),
        (header::VARY, "accept-encoding"),
        (header::ACCEPT_RANGES, "bytes"),
    ];
    if has_current(request, &asset.etag) {
        return empty(StatusCode::NOT_MODIFIED, &common);
    }
    let mut response = empty(StatusCode::OK, &common);
    if let Some(range) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let part = format!(
            "bytes {}-{}/{}",
            range.start,
            range.end - 1,
            asset.identity.len()
        );
        insert(response.headers_mut(), header::CONTENT_RANGE, &part);
    }
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

/// The requested range does not exist.
struct Unsatisfiable;

/// Returns the requested range, the first one if there are several; `None` for the whole file, which is sent also if
/// the range was meant for another version of it.
fn requested(asset: &Asset, request: &HeaderMap) -> Result<Option<Range<usize>>, Unsatisfiable> {
    let text = |name| request.get(name).and_then(|value| value.to_str().ok());
    let Some(asked) = text(header::RANGE).and_then(|it| parse_range_header(it).ok()) else {
        return Ok(None);
    };
    let current = format!("\"{}\"", asset.etag);
    if text(header::IF_RANGE).is_some_and(|version| version != current) {
        return Ok(None);
    }
    let length = u64::try_from(asset.identity.len()).map_err(|_| Unsatisfiable)?;
    // An empty file has no part, and `validate` would accept its first byte.
    if length == 0 {
        return Err(Unsatisfiable);
    }
    let ranges = match asked.validate(length) {
        Ok(ranges) => ranges,
        // The last bytes, more than there are: all of them (RFC 9110, section 14.1.2).
        Err(RangeUnsatisfiableError::FileSuffixOutOfBounds) => return Ok(None),
        Err(_) => return Err(Unsatisfiable),
    };
    let bound = |bound: u64| usize::try_from(bound).map_err(|_| Unsatisfiable);
    let Some(first) = ranges.first() else {
        return Ok(None);
    };
    Ok(Some(bound(*first.start())?..bound(*first.end())? + 1))
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

/// Returns whether a list such as `gzip;q=0.5, br` accepts `coding`.
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

/// Returns whether `If-None-Match` names these contents, in any encoding.
fn has_current(request: &HeaderMap, fingerprint: &str) -> bool {
    all(request, &header::IF_NONE_MATCH).split(',').any(|tag| {
        let tag = tag.trim().trim_start_matches("W/").trim_matches('"');
        tag == "*" || tag.trim_end_matches("-br").trim_end_matches("-gzip") == fingerprint
    })
}

/// Joins all values of a header into one list, without unreadable ones.
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

/// Sets a header. A text that is not valid in a header is left out.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
