//! The TLS configuration of this crate's own requests, independent of the rest of the process.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, Error};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Returns a configuration that trusts the root certificates of this machine. It uses the process's `rustls` crypto
/// provider, or `ring` if there is none.
///
/// # Errors
/// When the certificates of this machine cannot be used.
pub(crate) fn config() -> Result<ClientConfig, Error> {
    let provider = CryptoProvider::get_default()
        .map_or_else(|| Arc::new(ring::default_provider()), Arc::clone);
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_platform_verifier()?.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
