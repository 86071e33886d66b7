//! The authentication of callers by the JSON Web Tokens that they present.
//!
//! The providers come from the app's `auth.config.ts` ([`AuthProvider`]); a token is routed to one
//! by its issuer and audience, its signature is checked against that provider's public keys
//! ([`KeyStore`]), and its claims become the [`Identity`] that `ctx.auth.getUserIdentity()`
//! returns. Rules and error texts follow Convex (`crates/authentication`).
//!
//! The module does not depend on HTTP requests or sockets: [`Authenticator::verify`] takes a token,
//! the time and nothing else.

mod error;
mod identity;
mod jwks;
mod provider;
mod signer;
mod token;

use std::sync::Arc;
use std::time::SystemTime;

pub use error::AuthError;
pub use identity::{Identity, Verified};
pub use jwks::{KeyStore, LocalFetch};
pub use provider::AuthProvider;
pub(crate) use signer::Signer;

/// Verifies tokens against the currently configured providers.
#[derive(Debug, Clone)]
pub struct Authenticator {
    keys: Arc<KeyStore>,
}

impl Authenticator {
    /// Creates an authenticator that gets public keys from `keys`.
    #[must_use]
    pub fn new(keys: KeyStore) -> Self {
        Self {
            keys: Arc::new(keys),
        }
    }

    /// Checks issuer, audience, signature and lifetime of `token` at `now`.
    ///
    /// # Errors
    /// [`AuthError`] with Convex's code and text; nothing in it reveals the token.
    pub async fn verify(
        &self,
        token: &str,
        providers: &[AuthProvider],
        now: SystemTime,
    ) -> Result<Verified, AuthError> {
        let unverified = token::Unverified::parse(token)?;
        let provider = provider::find(providers, &unverified.issuer, &unverified.audiences)
            .ok_or_else(|| AuthError::no_provider(providers))?;
        let claims = self.verified_claims(&unverified, provider).await?;
        token::check_lifetime(&claims, now)?;
        Verified::from_claims(claims, provider)
    }

    async fn verified_claims(
        &self,
        token: &token::Unverified<'_>,
        provider: &AuthProvider,
    ) -> Result<serde_json::Map<String, serde_json::Value>, AuthError> {
        let header = token.header()?;
        let wanted = header.kid.as_deref();
        let algorithms = provider.algorithms();
        let mut keys = self.keys.get(provider, &unslashed(&token.issuer)).await?;
        if !keys.knows(wanted) {
            keys = self
                .keys
                .refetch(provider, &unslashed(&token.issuer))
                .await?;
        }
        keys.verify(token.text, &header, &algorithms)
            .ok_or_else(|| AuthError::undecodable(provider, wanted))
    }
}

/// Removes the trailing slash of an issuer: Auth0 writes one, people do not.
fn unslashed(issuer: &str) -> String {
    provider::with_protocol(issuer)
        .trim_end_matches('/')
        .to_owned()
}
