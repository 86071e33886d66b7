//! The HTTP client for one deployment.

use std::net::{IpAddr, Ipv6Addr};

use reqwest::{ClientBuilder, Url, redirect::Policy};

/// A client for requests to the deployment at `url`, to be finished by whoever knows the timeouts. It follows no
/// redirects, and `HTTP_PROXY` only where the deployment is not on this machine: what goes to a loopback address
/// (tokens, the admin key) leaves the machine through nobody's proxy.
pub fn deployment_client(url: &str) -> ClientBuilder {
    // Fails when the process has chosen a provider already, which is then the one to use.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = reqwest::Client::builder().redirect(Policy::none());
    if is_on_this_machine(url) {
        builder.no_proxy()
    } else {
        builder
    }
}

/// Whether the host of `url` is this machine's name or address for itself: `localhost` and names below it, all of
/// 127.0.0.0/8, `::1`, and the unspecified addresses, which connect to the same.
fn is_on_this_machine(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    // Parsing has written names in lower case and addresses in their one form.
    let host = url.host_str().unwrap_or_default();
    let name = host.trim_end_matches('.');
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    let is_own = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(v6) => v6
            .parse::<Ipv6Addr>()
            .is_ok_and(|ip| is_own(IpAddr::V6(ip).to_canonical())),
        None => host.parse::<IpAddr>().is_ok_and(is_own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_all_its_names() {
        for own in [
            "http://localhost:3210",
            "http://LOCALHOST:3210",
            "http://localhost.:3210",
            "http://backend.localhost",
            "http://127.0.0.1:3210/http",
            "http://127.0.0.2",
            "http://127.1",
            "http://0x7f.1",
            "http://0.0.0.0:3210",
            "http://[::1]:3210",
            "http://[::]:3210",
            "http://[::ffff:127.0.0.1]:3210",
        ] {
            assert!(is_on_this_machine(own), "{own}");
        }
        for other in [
            "https://happy-animal-123.convex.cloud",
            "http://localhost.example.com",
            "http://notlocalhost",
            "http://10.0.0.1:3210",
            "http://128.0.0.1",
            "http://[2001:db8::1]",
            "http://convex:3210",
            "localhost:3210",
            "",
        ] {
            assert!(!is_on_this_machine(other), "{other}");
        }
    }
}
