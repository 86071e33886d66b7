//! Names and addresses of the machine that this runs on.

use url::Host;

/// Returns `localhost`, names under it, and the loopback addresses, as in a URL or a `Host` header.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match Host::parse(host).or_else(|_| Host::parse(&format!("[{host}]"))) {
        Ok(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Err(_) => false,
    }
}
