//! The headers that may pass the proxy.

use http::header::{self, HeaderMap, HeaderName};

/// Headers that belong to one connection (RFC 9110, section 7.6.1), and the length of a body that is framed again.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers in which a proxy describes the visitor. Those of a visitor are not trusted; we write our own.
/// `x-forwarded-host` must never be sent, because Convex's edge takes it for the name of the deployment.
const IDENTITY: [&str; 13] = [
    "cf-connecting-ip",
    "client-ip",
    "fastly-client-ip",
    "forwarded",
    "true-client-ip",
    "x-better-auth-forwarded-host",
    "x-better-auth-forwarded-proto",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-forwarded",
    "x-original-host",
    "x-original-url",
    "x-real-ip",
];

/// Removes the headers of one connection, including those that `Connection` names.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// Removes every header by which a visitor could pretend to be somebody else, and those that reqwest sets itself.
pub(crate) fn strip_identity(headers: &mut HeaderMap) {
    for name in IDENTITY {
        headers.remove(name);
    }
    let forwarded: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-forwarded-"))
        .cloned()
        .collect();
    for name in forwarded {
        headers.remove(name);
    }
    headers.remove(header::HOST);
}

/// Returns whether a person made the request by following a link or posting a form, and expects a page.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => accepts_html(headers),
    }
}

/// Returns whether `Accept` includes HTML.
pub(crate) fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in list {
            map.append(
                name.parse::<HeaderName>().expect("name"),
                value.parse().expect("value"),
            );
        }
        map
    }

    #[test]
    fn headers_of_one_connection_are_not_forwarded() {
        let mut map = headers(&[
            ("connection", "close, X-Secret-Hop"),
            ("connection", "x-other"),
            ("x-secret-hop", "1"),
            ("x-other", "1"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("cookie", "a=b"),
        ]);
        strip_hop_by_hop(&mut map);
        assert_eq!(
            map.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            ["cookie"]
        );
    }

    #[test]
    fn a_visitor_cannot_send_the_proxy_s_headers() {
        let mut map = headers(&[
            ("host", "app.example.com"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-anything", "1"),
            ("forwarded", "for=1.2.3.4"),
            ("x-better-auth-forwarded-host", "evil.example"),
            ("x-real-ip", "1.2.3.4"),
            ("origin", "https://app.example.com"),
        ]);
        strip_identity(&mut map);
        assert_eq!(
            map.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            ["origin"]
        );
    }
}
