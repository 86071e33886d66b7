//! The names and addresses of this machine.

use url::Host;

/// Returns whether a host of a URL or `Host` header is `localhost`, a name under it, or a loopback address.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match Host::parse(host).or_else(|_| Host::parse(&format!("[{host}]"))) {
        Ok(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Err(_) => false,
    }
}
