//! The visitor as described to the deployment: public host, scheme and address.

use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use axum::extract::ConnectInfo;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;

use super::config::Settings;

/// The public address and scheme of one request. Forwarded headers are used only if the peer is a trusted proxy.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    host: Option<HeaderValue>,
    proto: HeaderValue,
    address: Option<IpAddr>,
    user_agent: Option<HeaderValue>,
}

impl Visitor {
    pub(crate) fn of(parts: &Parts, settings: &Settings) -> Self {
        let peer = peer_of(parts);
        let headers = &parts.headers;
        let (address, hops) = match peer {
            Some(peer) => {
                let (address, hops) = client_address(peer, headers, settings);
                (Some(address), hops)
            }
            None => (None, 0),
        };
        if let Some(peer) = peer.filter(|_| hops == 0) {
            tell_of_untrusted_proxy(peer, headers);
        }
        let host = told_by_our_proxies(headers, "x-forwarded-host", hops)
            .or_else(|| headers.get(header::HOST).cloned())
            .or_else(|| {
                parts
                    .uri
                    .authority()
                    .and_then(|a| HeaderValue::from_str(a.as_str()).ok())
            });
        let proto = told_by_our_proxies(headers, "x-forwarded-proto", hops);
        let (own_proto, own_host) = own_name(host.as_ref(), settings);
        Self {
            proto: known_scheme(proto).unwrap_or(own_proto),
            host: own_host,
            address,
            user_agent: headers.get(header::USER_AGENT).cloned(),
        }
    }

    /// Writes the headers in which the Convex component and Better Auth's rate limiter find the visitor.
    pub(crate) fn write_to(&self, headers: &mut HeaderMap) {
        if let Some(host) = &self.host {
            headers.insert("x-better-auth-forwarded-host", host.clone());
        }
        headers.insert("x-better-auth-forwarded-proto", self.proto.clone());
        headers.insert("x-forwarded-proto", self.proto.clone());
        if let Some(address) = self
            .address
            .and_then(|ip| HeaderValue::from_str(&ip.to_string()).ok())
        {
            headers.insert("x-forwarded-for", address);
        }
    }

    /// Returns the browser's `User-Agent`, which Better Auth stores with a new session.
    pub(crate) fn user_agent(&self) -> Option<&HeaderValue> {
        self.user_agent.as_ref()
    }
}

fn peer_of(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|info| info.0.ip().to_canonical())
}

/// Returns whether one of our reverse proxies sent the request, so that its headers are used.
pub(crate) fn comes_from_proxy(parts: &Parts, settings: &Settings) -> bool {
    peer_of(parts).is_some_and(|ip| is_trusted(ip, settings))
}

/// Returns the visitor's address; `None` without axum's `ConnectInfo<SocketAddr>`.
pub(crate) fn address(parts: &Parts, settings: &Settings) -> Option<IpAddr> {
    peer_of(parts).map(|peer| client_address(peer, &parts.headers, settings).0)
}

fn is_trusted(ip: IpAddr, settings: &Settings) -> bool {
    settings.trusted_proxies.iter().any(|net| net.contains(&ip))
}

/// Walks the chain from our end. The first address that is not one of our proxies is the visitor's. Everything to the
/// left of it was written by the visitor and proves nothing. Also returns how many of our proxies the request went
/// through.
fn client_address(peer: IpAddr, headers: &HeaderMap, settings: &Settings) -> (IpAddr, usize) {
    let mut client = peer;
    let mut hops = 0;
    let mut chain = list(headers, "x-forwarded-for").into_iter().rev();
    while is_trusted(client, settings) {
        hops += 1;
        match chain.next().and_then(parse_hop) {
            Some(ip) => client = ip,
            None => break,
        }
    }
    (client, hops)
}

/// Returns the value of a list to which each proxy appends (or which one of them sets), as written by the outermost of
/// our `hops` proxies. Everything to the left of it was written by the visitor.
fn told_by_our_proxies(headers: &HeaderMap, name: &str, hops: usize) -> Option<HeaderValue> {
    let list = list(headers, name);
    let ours = list.len().saturating_sub(hops);
    let value = list.get(ours)?.trim();
    (!value.is_empty())
        .then(|| HeaderValue::from_str(value).ok())
        .flatten()
}

/// Returns the values of a header that is a list, over all its lines. One that cannot be read is empty: a visitor may
/// have written it, and a proxy may have appended to the same line.
fn list<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|value| std::str::from_utf8(value).unwrap_or_default())
        .collect()
}

/// Logs once that all visitors behind an untrusted proxy have one address and share one rate limit.
fn tell_of_untrusted_proxy(peer: IpAddr, headers: &HeaderMap) {
    static TOLD: Once = Once::new();
    let is_near = match peer {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    if is_near && headers.contains_key("x-forwarded-for") {
        TOLD.call_once(|| {
            tracing::warn!(
                %peer,
                "X-Forwarded-For comes from a proxy that is not trusted, so everybody behind it counts as one \
                 visitor and shares one rate limit: add its address to TRUSTED_PROXIES"
            );
        });
    }
}

/// Reads an address with or without a port, IPv6 with or without brackets.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    hop.parse::<IpAddr>()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .or_else(|| hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
        .map(|ip| ip.to_canonical())
}

fn known_scheme(proto: Option<HeaderValue>) -> Option<HeaderValue> {
    proto.filter(|proto| proto == "http" || proto == "https")
}

/// Returns scheme and host of the app for the name that the request uses, if it is one of the app's. The visitor can
/// write anything into `Host`, and Better Auth puts it into links.
fn own_name(host: Option<&HeaderValue>, settings: &Settings) -> (HeaderValue, Option<HeaderValue>) {
    let (scheme, host) = host
        .and_then(|host| settings.origin_by_host(host))
        .unwrap_or((settings.site_scheme(), &settings.site_host));
    let scheme = if scheme == "https" { "https" } else { "http" };
    (
        HeaderValue::from_static(scheme),
        HeaderValue::from_str(host).ok(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::AuthConfig;

    fn settings() -> Settings {
        let config = AuthConfig::default()
            .with_convex_url("http://127.0.0.1:1")
            .with_convex_site_url("http://127.0.0.1:2")
            .with_site_url("https://app.example.com")
            .with_trusted_proxies(["10.0.0.0/8"])
            .with_trusted_origins(["http://localhost:3000"]);
        Settings::check(config).expect("settings")
    }

    fn seen(peer: &str, list: &[(&'static str, &str)]) -> HeaderMap {
        let mut request = http::Request::builder().uri("/x");
        for (name, value) in list {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).expect("request").into_parts();
        parts
            .extensions
            .insert(ConnectInfo::<SocketAddr>(peer.parse().expect("peer")));
        let mut headers = HeaderMap::new();
        Visitor::of(&parts, &settings()).write_to(&mut headers);
        assert!(!headers.contains_key("x-forwarded-host"));
        headers
    }

    #[test]
    fn a_stranger_s_forwarded_headers_are_ignored() {
        let headers = seen(
            "203.0.113.9:4000",
            &[
                ("host", "app.example.com"),
                ("x-forwarded-for", "1.1.1.1"),
                ("x-forwarded-proto", "ftp"),
                ("x-forwarded-host", "evil.example"),
            ],
        );
        assert_eq!(headers["x-forwarded-for"], "203.0.113.9");
        assert_eq!(headers["x-better-auth-forwarded-host"], "app.example.com");
        assert_eq!(headers["x-better-auth-forwarded-proto"], "https");
    }

    #[test]
    fn a_chain_of_trusted_proxies_is_read_from_our_end() {
        let headers = seen(
            "10.0.0.1:4000",
            &[
                ("host", "inner:8080"),
                ("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.7"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "app.example.com"),
            ],
        );
        assert_eq!(headers["x-forwarded-for"], "203.0.113.9");
        assert_eq!(headers["x-better-auth-forwarded-host"], "app.example.com");
        assert_eq!(headers["x-forwarded-proto"], "https");
    }

    #[test]
    fn a_visitor_behind_an_appending_proxy_cannot_forge_scheme_or_host() {
        let proto = |list: &[(&'static str, &str)]| {
            let headers = seen("10.0.0.1:4000", list);
            headers["x-forwarded-proto"]
                .to_str()
                .expect("text")
                .to_owned()
        };
        let one = ("x-forwarded-for", "6.6.6.6, 203.0.113.9");
        let two = ("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.7");
        // One proxy appended `https`, or set it alone.
        assert_eq!(proto(&[one, ("x-forwarded-proto", "http, https")]), "https");
        assert_eq!(proto(&[one, ("x-forwarded-proto", "https")]), "https");
        // With two proxies, the visitor used https, and the outer proxy used http to reach the inner one.
        assert_eq!(
            proto(&[two, ("x-forwarded-proto", "ftp, https, http")]),
            "https"
        );
        assert_eq!(proto(&[two, ("x-forwarded-proto", "http")]), "http");
        // A list may be split over two lines.
        assert_eq!(
            proto(&[
                one,
                ("x-forwarded-proto", "http"),
                ("x-forwarded-proto", "https")
            ]),
            "https"
        );
        let host = [one, ("x-forwarded-host", "localhost:3000, app.example.com")];
        let headers = seen("10.0.0.1:4000", &host);
        assert_eq!(headers["x-better-auth-forwarded-host"], "app.example.com");
    }

    #[test]
    fn garbage_in_the_chain_ends_the_search() {
        let headers = seen(
            "10.0.0.1:4000",
            &[("x-forwarded-for", "1.1.1.1, <script>, 10.0.0.7")],
        );
        assert_eq!(headers["x-forwarded-for"], "10.0.0.7");
        let headers = seen(
            "[::ffff:10.0.0.1]:4000",
            &[("x-forwarded-for", "[2001:db8::1]:99")],
        );
        assert_eq!(headers["x-forwarded-for"], "2001:db8::1");
    }

    #[test]
    fn a_visitor_cannot_hide_what_a_proxy_has_appended() {
        let unreadable = |tail: &str| [&b"\xff\xe9, "[..], tail.as_bytes()].concat();
        let mut headers = HeaderMap::new();
        let mut insert = |name: &'static str, value: &[u8]| {
            headers.insert(name, HeaderValue::from_bytes(value).expect("header"));
        };
        insert("x-forwarded-for", &unreadable("203.0.113.9"));
        insert("x-forwarded-proto", &unreadable("http"));
        let proxy = "10.0.0.1".parse().expect("address");
        let (address, hops) = client_address(proxy, &headers, &settings());
        assert_eq!((address.to_string().as_str(), hops), ("203.0.113.9", 1));
        let proto = told_by_our_proxies(&headers, "x-forwarded-proto", hops);
        assert_eq!(proto.expect("a scheme"), "http");
    }

    #[test]
    fn only_the_app_s_own_names_are_accepted_as_its_host() {
        for (host, expected) in [
            ("app.example.com", "https app.example.com"),
            ("APP.example.com", "https app.example.com"),
            ("localhost:3000", "http localhost:3000"),
            ("localhost:4000", "https app.example.com"),
            ("evil.example", "https app.example.com"),
            ("app.example.com:8080", "https app.example.com"),
            ("app.example.com.evil.example", "https app.example.com"),
        ] {
            let headers = seen("203.0.113.9:1", &[("host", host)]);
            let text = |name: &str| headers[name].to_str().expect("text").to_owned();
            let (proto, name) = (
                text("x-forwarded-proto"),
                text("x-better-auth-forwarded-host"),
            );
            assert_eq!(format!("{proto} {name}"), expected, "{host}");
        }
        let forwarded = [("host", "inner"), ("x-forwarded-host", "evil.example")];
        let headers = seen("10.0.0.1:4000", &forwarded);
        assert_eq!(headers["x-better-auth-forwarded-host"], "app.example.com");
    }
}
