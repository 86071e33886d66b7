//! The right to upload: a signed token that names a component and expires after an hour.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::store::{ComponentPath, MetaError, Store};

/// How long an upload address is valid, as on Convex.
pub(crate) const VALIDITY: Duration = Duration::from_secs(60 * 60);

/// The setting that holds the key.
const SETTING: &str = "upload_key";

/// The error of a token that is invalid or could not be made.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct TokenError(#[from] jsonwebtoken::errors::Error);

#[derive(Serialize, Deserialize)]
struct Claims {
    component: String,
    exp: u64,
}

/// The key that signs tokens. It is stored with the data, so that an address outlives a restart.
pub(crate) struct Key {
    signs: EncodingKey,
    verifies: DecodingKey,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// Returns the key of a store, or makes one.
    pub(crate) fn of(store: &Store) -> Result<Self, MetaError> {
        let secret = match store.meta(SETTING)? {
            Some(secret) => secret,
            None => {
                let secret = BASE64.encode(rand::random::<[u8; 32]>());
                store.set_meta(SETTING, &secret)?;
                secret
            }
        };
        Ok(Self {
            signs: EncodingKey::from_secret(secret.as_bytes()),
            verifies: DecodingKey::from_secret(secret.as_bytes()),
        })
    }

    pub(crate) fn sign(&self, component: &ComponentPath) -> Result<String, TokenError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let claims = Claims {
            component: component.as_str().to_owned(),
            exp: (now.unwrap_or_default() + VALIDITY).as_secs(),
        };
        Ok(jsonwebtoken::encode(
            &Header::new(Algorithm::HS256),
            &claims,
            &self.signs,
        )?)
    }

    pub(crate) fn verify(&self, token: &str) -> Result<ComponentPath, TokenError> {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.leeway = 0;
        let token = jsonwebtoken::decode::<Claims>(token, &self.verifies, &rules)?;
        Ok(ComponentPath::new(&token.claims.component))
    }
}
