//! The TLS configuration of this crate's own requests, independent of the rest of the process.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, Error, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Returns a configuration that trusts the root certificates of this machine, or none if it has none. It uses the
/// process's `rustls` crypto provider, or `ring` if there is none.
///
/// # Errors
/// When that provider supports no safe version of TLS.
pub(crate) fn config() -> Result<ClientConfig, Error> {
    let provider = CryptoProvider::get_default()
        .map_or_else(|| Arc::new(ring::default_provider()), Arc::clone);
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = match config.clone().with_platform_verifier() {
        Ok(config) => config,
        Err(error) => {
            // Small container images have none. Only the keys of external token issuers are fetched with TLS.
            tracing::warn!(
                "tokens of issuers with an https address cannot be verified on this machine: {error}"
            );
            config.with_root_certificates(RootCertStore::empty())
        }
    };
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
