//! The names of this machine.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::uri::Authority;
use url::{Host, Url};

/// The names of this machine in URLs that people type.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Returns whether a URL's host is this machine: `localhost`, a name under it, or a loopback address.
pub(crate) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

/// Returns whether `host[:port]` is an IP address, which nobody can point elsewhere, or this machine.
pub(crate) fn is_address_or_here(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host().trim_matches(['[', ']']);
    let is_address = name.parse::<Ipv4Addr>().is_ok() || name.parse::<Ipv6Addr>().is_ok();
    is_address || Url::parse(&format!("http://{}", authority.host())).is_ok_and(|url| is_here(&url))
}

/// Returns the URLs of a site on this machine under all names of the machine, since people treat them as the same site;
/// nothing for other sites.
pub(crate) fn aliases(site_url: &str) -> Vec<String> {
    let Ok(mut url) = Url::parse(site_url) else {
        return Vec::new();
    };
    if !is_here(&url) {
        return Vec::new();
    }
    let renamed = NAMES.map(|name| url.set_host(Some(name)).is_ok().then(|| url.to_string()));
    renamed.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_many_names() {
        let here = |url: &str| is_here(&Url::parse(url).expect("a URL"));
        for url in [
            "http://localhost:3000",
            "http://LOCALHOST",
            "http://app.localhost",
            "http://127.0.0.1",
            "http://127.0.0.2:1",
            "http://[::1]:3000",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(here(url), "{url}");
        }
        for url in [
            "https://app.example.com",
            "http://localhost.example.com",
            "http://192.168.1.7",
            "http://0.0.0.0",
        ] {
            assert!(!here(url), "{url}");
        }
    }
}
