//! The HTTP client for one deployment.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use reqwest::{ClientBuilder, Url, redirect::Policy};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, ring},
};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::BuildError;

/// Returns a builder of a client for requests to the deployment at `url`; the caller sets the timeouts. The client
/// follows no redirects. It uses `HTTP_PROXY` only if the deployment is not on this machine: tokens and the admin key
/// for a loopback address must not go through a proxy.
///
/// The client has a TLS configuration of its own. It uses the cryptography that the process has chosen for `rustls`,
/// or `ring` if the process has chosen none. It never makes that choice for the process.
///
/// # Errors
/// [`BuildError::Tls`] when the certificates of this machine cannot be used.
pub fn deployment_client(url: &str) -> Result<ClientBuilder, BuildError> {
    let builder = reqwest::Client::builder().redirect(Policy::none());
    let is_local = is_on_this_machine(url);
    let needs_no_tls = is_local && url.starts_with("http:");
    let builder = builder.tls_backend_preconfigured(tls(needs_no_tls).map_err(BuildError::tls)?);
    Ok(if is_local {
        builder.no_proxy()
    } else {
        builder
    })
}

/// Returns a TLS configuration that trusts this machine's certificates. If no request needs TLS it trusts none, so
/// that the machine needs no certificates.
pub(super) fn tls(needs_no_tls: bool) -> Result<ClientConfig, rustls::Error> {
    let provider = CryptoProvider::get_default()
        .map_or_else(|| Arc::new(ring::default_provider()), Arc::clone);
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = if needs_no_tls {
        config.with_root_certificates(RootCertStore::empty())
    } else {
        config.with_platform_verifier()?
    };
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Returns whether the host of `url` names this machine: `localhost` and names below it, all of 127.0.0.0/8, `::1`,
/// and the unspecified addresses, which connect to this machine, too.
fn is_on_this_machine(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    // The parser has lowercased names and normalised addresses.
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
    fn building_a_client_sets_no_crypto_provider_for_the_process() {
        for url in [
            "http://127.0.0.1:3210",
            "https://happy-animal-123.convex.cloud",
        ] {
            let client = deployment_client(url).expect("has TLS").build();
            assert!(client.is_ok(), "{url}");
        }
        assert!(CryptoProvider::get_default().is_none());
    }

    #[test]
    fn all_names_and_addresses_of_this_machine_are_recognised() {
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
