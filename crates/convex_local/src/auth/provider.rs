//! The token issuers an app trusts, as `auth.config.ts` lists them.

use std::fmt;

use jsonwebtoken::Algorithm;
use serde::Deserialize;

/// One entry of `providers` in `auth.config.ts`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "RawProvider")]
pub enum AuthProvider {
    /// An OpenID Connect provider: `{ domain, applicationID }`; keys are found by discovery.
    Oidc {
        /// The issuer, with protocol and without trailing slash.
        domain: String,
        /// The audience every token must carry.
        application_id: String,
    },
    /// `{ type: "customJwt", issuer, jwks, algorithm, applicationID? }`.
    CustomJwt {
        /// The expected `iss`, with protocol.
        issuer: String,
        /// Where the public keys are: an `http(s):` or a `data:` address.
        jwks: String,
        /// `RS256`, `ES256` or `EdDSA`.
        algorithm: String,
        /// The audience every token must carry; `None` means any.
        application_id: Option<String>,
    },
}

/// The object as the TypeScript file exports it.
#[derive(Deserialize)]
struct RawProvider {
    #[serde(default)]
    domain: Option<String>,
    #[serde(default, rename = "applicationID")]
    application_id: Option<String>,
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    jwks: Option<String>,
    #[serde(default)]
    algorithm: Option<String>,
}

impl From<RawProvider> for AuthProvider {
    fn from(raw: RawProvider) -> Self {
        match (raw.issuer, raw.jwks) {
            (Some(issuer), Some(jwks)) => Self::CustomJwt {
                issuer: with_protocol(&issuer),
                jwks,
                algorithm: raw.algorithm.unwrap_or_else(|| "RS256".to_owned()),
                application_id: raw.application_id,
            },
            (issuer, _) => Self::Oidc {
                domain: with_protocol(&raw.domain.or(issuer).unwrap_or_default()),
                application_id: raw.application_id.unwrap_or_default(),
            },
        }
    }
}

impl AuthProvider {
    fn issuer(&self) -> &str {
        match self {
            Self::Oidc { domain, .. } => domain,
            Self::CustomJwt { issuer, .. } => issuer,
        }
    }

    fn application_id(&self) -> Option<&str> {
        match self {
            Self::Oidc { application_id, .. } => Some(application_id),
            Self::CustomJwt { application_id, .. } => application_id.as_deref(),
        }
    }

    /// Returns the signature algorithms accepted from this provider; an unknown name accepts none.
    pub(super) fn algorithms(&self) -> Vec<Algorithm> {
        match self {
            Self::Oidc { .. } => vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA],
            Self::CustomJwt { algorithm, .. } => algorithm.parse().into_iter().collect(),
        }
    }
}

impl fmt::Display for AuthProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oidc {
                domain,
                application_id,
            } => {
                write!(f, "OIDC(domain={domain}, app_id={application_id})")
            }
            Self::CustomJwt {
                issuer,
                application_id,
                ..
            } => {
                let app_id = application_id.as_deref().unwrap_or("none");
                write!(f, "CustomJWT(issuer={issuer}, app_id={app_id})")
            }
        }
    }
}

/// Returns the first provider whose issuer and audience the token names. The claims are unverified here: a
/// forged token can at worst be sent to the wrong provider, where its signature fails.
pub(super) fn find<'a>(
    providers: &'a [AuthProvider],
    issuer: &str,
    audiences: &[String],
) -> Option<&'a AuthProvider> {
    let issuer = with_protocol(issuer);
    providers.iter().find(|provider| {
        let audience_matches = provider
            .application_id()
            .is_none_or(|id| audiences.iter().any(|a| a == id));
        let provider_issuer = provider.issuer().trim_end_matches('/');
        audience_matches && provider_issuer == issuer.trim_end_matches('/')
    })
}

/// Adds the protocol that some issuers leave out of `iss`; Convex reads them as https.
pub(super) fn with_protocol(issuer: &str) -> String {
    if issuer.starts_with("https://") || issuer.starts_with("http://") {
        issuer.to_owned()
    } else {
        format!("https://{issuer}")
    }
}
