//! The errors of refused tokens, in Convex's words.

use super::provider::AuthProvider;

/// A refused token: a short code for programs and a sentence for people, both as Convex sends them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AuthError {
    /// `InvalidAuthHeader`, `NoAuthProvider`, `Unauthenticated` or `AuthProviderDiscoveryFailed`.
    pub code: &'static str,
    /// The text for the client.
    pub message: String,
}

impl AuthError {
    /// Creates the error for a token that is not acceptable.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            code: "InvalidAuthHeader",
            message: message.into(),
        }
    }

    /// Creates the error for a header without a bearer token.
    #[must_use]
    pub fn not_bearer() -> Self {
        Self::invalid("Header must begin with `bearer `")
    }

    /// Creates the error for a wrong admin key.
    pub(crate) fn bad_admin_key() -> Self {
        Self {
            code: "BadDeployKey",
            message: "The provided deploy key was invalid for this instance".to_owned(),
        }
    }

    /// Creates the error for a text that is not a JSON Web Token.
    pub(super) fn unparsable() -> Self {
        Self::invalid(
            "Could not parse JWT payload. Check that the token is a valid JWT format with three \
             base64-encoded parts separated by dots.",
        )
    }

    /// Creates the error for another issuer or audience than the configured ones; names those, as a development
    /// deployment does.
    pub(super) fn no_provider(providers: &[AuthProvider]) -> Self {
        let message = if providers.is_empty() {
            "No auth provider found matching the given token (no providers configured). Check \
             convex/auth.config.ts."
                .to_owned()
        } else {
            let list: Vec<_> = providers.iter().map(ToString::to_string).collect();
            format!(
                "No auth provider found matching the given token. Check that your JWT's issuer \
                 and audience match one of your configured providers: [{}]",
                list.join(", ")
            )
        };
        Self {
            code: "NoAuthProvider",
            message,
        }
    }

    /// Creates the error for a signature that no key of the provider verifies.
    pub(super) fn undecodable(provider: &AuthProvider, kid: Option<&str>) -> Self {
        match (provider, kid) {
            (AuthProvider::Oidc { .. }, _) => Self {
                code: "Unauthenticated",
                message: "Could not verify OIDC token claim. Check that the token signature is \
                          valid and the token hasn't expired."
                    .to_owned(),
            },
            (AuthProvider::CustomJwt { .. }, Some(kid)) => Self::invalid(format!(
                "Could not decode token. The JWT's 'kid' (key ID) header is '{kid}', does this \
                 key match any key in the provider's JWKS?"
            )),
            (AuthProvider::CustomJwt { .. }, None) => {
                Self::invalid("Could not decode token. JWT may be missing a 'kid' (key ID) header.")
            }
        }
    }

    /// Creates the error for an OIDC discovery document that could not be fetched.
    pub(super) fn discovery(issuer: &str, why: &str) -> Self {
        Self {
            code: "AuthProviderDiscoveryFailed",
            message: format!("Auth provider discovery of {issuer} failed: {why}"),
        }
    }
}
