//! The guard of the two ports, which admits requests by host name and page origin.
//!
//! A browser sends requests for any page it shows. A hostile page can reach 127.0.0.1 by that address; then its own
//! origin is in `Origin`. Or it uses a domain that resolves to the address (DNS rebinding); then that domain is in
//! `Host`. Programs other than browsers send no `Origin` and pass.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, StatusCode, Uri};
use url::Url;

use super::error::ApiError;
use crate::this_machine::is_this_machine;

/// The names and pages that are known when a backend starts.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// Admitted host names, besides `localhost` and plain addresses.
    hosts: Vec<String>,
    /// Origins besides those of this machine, as browsers write them.
    origins: Vec<String>,
}

impl Guard {
    /// Creates a guard from the URLs of the backend itself and the origins of pages that may use it.
    pub(crate) fn new<'a>(
        own: impl IntoIterator<Item = &'a str>,
        origins: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let own = own.into_iter().filter_map(|url| Url::parse(url).ok());
        let origins = origins.into_iter().filter_map(|url| Url::parse(url).ok());
        let mut guard = Self::default();
        for origin in origins {
            guard.hosts.extend(origin.host_str().map(str::to_owned));
            guard.origins.push(serialized(&origin));
        }
        guard
            .hosts
            .extend(own.filter_map(|url| url.host_str().map(str::to_owned)));
        guard
    }

    /// Returns the host that a request names, if it is one of ours.
    pub(super) fn host(&self, uri: &Uri, headers: &HeaderMap) -> Result<String, ApiError> {
        let text = match (uri.authority(), headers.get(HOST)) {
            (Some(authority), _) => Some(authority.as_str()),
            (None, Some(host)) => host.to_str().ok(),
            (None, None) => None,
        };
        let host = text.and_then(host_of).ok_or_else(|| {
            ApiError::bad_request("BadHost", "The request names no host: send a Host header.")
        })?;
        if is_address(&host) || is_this_machine(&host) || self.hosts.contains(&host) {
            return Ok(host);
        }
        tracing::warn!(
            ?host,
            "refused a request for a name that is not this backend's"
        );
        let message = format!(
            "{host:?} is not a name of this backend. Use localhost or an address, or start it with \
             --allow-origin http://{host}"
        );
        Err(ApiError::new(StatusCode::FORBIDDEN, "BadHost", message))
    }

    /// Returns whether a page of `origin` may use the backend by the name `host`.
    pub(super) fn admits(
        &self,
        origin: &str,
        host: &str,
        site_url: impl FnOnce() -> Option<String>,
    ) -> bool {
        let Some(url) = Url::parse(origin).ok() else {
            return false;
        };
        // The owner of this machine controls the programs on its other ports.
        let is_here = |page: &str| is_this_machine(page) || page.trim_matches(['[', ']']) == host;
        let is_web = matches!(url.scheme(), "http" | "https");
        let known = |known: &str| known.eq_ignore_ascii_case(origin);
        is_web && url.host_str().is_some_and(is_here)
            || self.origins.iter().any(|it| known(it))
            || site_url()
                .and_then(|site| Url::parse(&site).ok())
                .is_some_and(|site| known(&serialized(&site)))
    }
}

/// Returns an origin as browsers write it, origins of browser extensions included.
fn serialized(url: &Url) -> String {
    match url.scheme() {
        "http" | "https" => url.origin().ascii_serialization(),
        _ => url.as_str().trim_end_matches('/').to_owned(),
    }
}

/// Returns the host of `host[:port]`, in lower case, without brackets and a final dot.
fn host_of(authority: &str) -> Option<String> {
    // An authority with a user name is not a valid `Host`.
    let authority: Authority = authority.parse().ok()?;
    let host = authority.host();
    if host.is_empty() || authority.as_str().contains('@') {
        return None;
    }
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    Some(host.to_ascii_lowercase())
}

/// Returns whether the host is an address. Unlike a name, an address cannot be pointed elsewhere.
fn is_address(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::new(
            ["http://backend.internal:3210", "http://127.0.0.1:3211"],
            ["https://app.example.com", "chrome-extension://abc"],
        )
    }

    fn host(text: &str) -> Result<String, ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, text.parse().expect("a header"));
        guard().host(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn addresses_names_of_this_machine_and_configured_hosts_are_accepted() {
        for good in [
            "localhost:3210",
            "LOCALHOST",
            "localhost.:3210",
            "app.localhost:3210",
            "127.0.0.1:3210",
            "127.0.0.2",
            "[::1]:3210",
            "192.168.1.7:3210",
            "backend.internal:3210",
            "app.example.com",
        ] {
            assert!(host(good).is_ok(), "{good}");
        }
        for bad in [
            "evil.example:3210",
            "localhost.evil.example",
            "127.0.0.1.nip.io:3210",
            "evillocalhost",
            "user@localhost",
            "",
            "local host",
        ] {
            assert!(host(bad).is_err(), "{bad}");
        }
        let none = guard().host(&Uri::from_static("/"), &HeaderMap::new());
        assert!(none.is_err());
    }

    #[test]
    fn the_target_of_a_request_takes_precedence_over_its_host_header() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "localhost".parse().expect("a header"));
        let target = Uri::from_static("http://evil.example/api/query");
        assert!(guard().host(&target, &headers).is_err());
    }

    #[test]
    fn origins_on_this_machine_on_the_same_host_and_configured_ones_are_accepted() {
        let admits = |origin: &str, host: &str| guard().admits(origin, host, || None);
        for good in [
            "http://localhost:8080",
            "https://localhost",
            "http://127.0.0.1:5173",
            "http://[::1]:5173",
            "http://app.localhost:3000",
            "https://app.example.com",
            "chrome-extension://abc",
        ] {
            assert!(admits(good, "127.0.0.1"), "{good}");
        }
        for bad in [
            "https://evil.example",
            "null",
            "",
            "invalid",
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com.evil.example",
            "http://localhost.evil.example",
            "http://192.168.1.7:3000",
            "chrome-extension://other",
            "file://",
        ] {
            assert!(!admits(bad, "127.0.0.1"), "{bad}");
        }
        assert!(admits("http://192.168.1.7:5173", "192.168.1.7"));
        assert!(admits("http://[fe80::1]:5173", "fe80::1"));
        let site = || Some("https://live.example.com/".to_owned());
        assert!(guard().admits("https://live.example.com", "localhost", site));
    }
}
