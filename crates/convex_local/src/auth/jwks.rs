//! The public keys of token issuers: fetched, kept, and fetched again when a token names an unknown key.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use futures::future::BoxFuture;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use url::Url;

use super::error::AuthError;
use super::provider::AuthProvider;
use crate::this_machine::is_this_machine;

/// Keys older than this are fetched again, so that a withdrawn key stops working.
const MAX_AGE: Duration = Duration::from_secs(10 * 60);
/// An unknown key id causes a fetch at most this often, for all callers together: a flood of forged tokens must not
/// become a flood of requests. Callers wait for the next fetch, because the key may be new.
const REFETCH_FLOOR: Duration = Duration::from_millis(250);
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Fetches addresses that this process serves itself (the site port serves the app's own keys), so that verifying a
/// token needs no network. `None` means that the address must be fetched over the network.
pub type LocalFetch =
    Arc<dyn Fn(&str) -> Option<BoxFuture<'static, Result<Vec<u8>, String>>> + Send + Sync>;

/// A JSON Web Key Set with ready verification keys.
#[derive(Debug)]
pub(super) struct Keys {
    keys: Vec<(Option<String>, Option<Algorithm>, DecodingKey)>,
}

impl Keys {
    fn parse(address: &str, body: &[u8]) -> Result<Self, AuthError> {
        // Keys of a kind that the library does not know must not make the other keys unusable.
        #[derive(Deserialize)]
        struct Lenient {
            keys: Vec<Value>,
        }
        let set: Lenient = serde_json::from_slice(body).map_err(|_| {
            AuthError::invalid(format!(
                "Invalid JWKS response body from '{address}'. The response is not valid JSON or \
                 doesn't match the expected JWKS format."
            ))
        })?;
        let known = set
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let set = JwkSet {
            keys: known.collect(),
        };
        let keys = set.keys.iter().filter_map(|jwk| {
            let key = DecodingKey::from_jwk(jwk).ok()?;
            let algorithm = jwk
                .common
                .key_algorithm
                .and_then(|a| a.to_string().parse().ok());
            Some((jwk.common.key_id.clone(), algorithm, key))
        });
        Ok(Self {
            keys: keys.collect(),
        })
    }

    /// Returns whether the set has the key with this id; a token without an id tries every key.
    pub(super) fn knows(&self, kid: Option<&str>) -> bool {
        match kid {
            Some(kid) => self.keys.iter().any(|(id, ..)| id.as_deref() == Some(kid)),
            None => !self.keys.is_empty(),
        }
    }

    /// Returns the claims if one of the keys verifies the signature with one of the `allowed` algorithms.
    pub(super) fn verify(
        &self,
        token: &str,
        header: &Header,
        allowed: &[Algorithm],
    ) -> Option<Map<String, Value>> {
        if !allowed.contains(&header.alg) {
            return None;
        }
        let mut validation = Validation::new(header.alg);
        // Issuer, audience and lifetime are checked by the caller, with Convex's rules and texts.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        self.keys
            .iter()
            .filter(|(id, ..)| header.kid.is_none() || *id == header.kid)
            .filter(|(_, algorithm, _)| algorithm.is_none_or(|a| a == header.alg))
            .find_map(|(.., key)| jsonwebtoken::decode(token, key, &validation).ok())
            .map(|data| data.claims)
    }
}

/// The outcome of the last fetch.
struct Slot {
    keys: Result<Arc<Keys>, AuthError>,
    fetched: Instant,
}

/// Key sets by address. One slot's lock is held while it is fetched, so callers share the fetch, also one that fails.
pub struct KeyStore {
    http: reqwest::Client,
    /// For issuers on this machine: without the proxies of the environment.
    direct: reqwest::Client,
    local: Option<LocalFetch>,
    slots: Mutex<HashMap<String, Arc<Mutex<Option<Slot>>>>>,
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyStore").finish_non_exhaustive()
    }
}

impl KeyStore {
    /// Creates a store that asks `local` first and then the network: issuers on this machine with `direct`, which uses
    /// no proxy, all others with `http`.
    #[must_use]
    pub fn new(http: reqwest::Client, direct: reqwest::Client, local: Option<LocalFetch>) -> Self {
        Self {
            http,
            direct,
            local,
            slots: Mutex::default(),
        }
    }

    /// Returns the provider's keys, fetched if there are none or only old ones.
    pub(super) async fn get(
        &self,
        provider: &AuthProvider,
        issuer: &str,
    ) -> Result<Arc<Keys>, AuthError> {
        self.load(provider, issuer, MAX_AGE).await
    }

    /// Returns the provider's keys, fetched after this call began.
    pub(super) async fn refetch(
        &self,
        provider: &AuthProvider,
        issuer: &str,
    ) -> Result<Arc<Keys>, AuthError> {
        // The last fetch may have happened before the issuer made the key.
        tokio::time::sleep(REFETCH_FLOOR).await;
        self.load(provider, issuer, REFETCH_FLOOR).await
    }

    async fn load(
        &self,
        provider: &AuthProvider,
        issuer: &str,
        max_age: Duration,
    ) -> Result<Arc<Keys>, AuthError> {
        let place = match provider {
            AuthProvider::CustomJwt { jwks, .. } => jwks.as_str(),
            AuthProvider::Oidc { .. } => issuer,
        };
        let slot = self
            .slots
            .lock()
            .await
            .entry(place.to_owned())
            .or_default()
            .clone();
        let asked = Instant::now();
        let mut slot = slot.lock().await;
        if let Some(Slot { keys, fetched }) = &*slot {
            let is_usable = match keys {
                Ok(_) => fetched.elapsed() < max_age,
                // It has failed while this call waited.
                Err(_) => *fetched >= asked,
            };
            if is_usable {
                return keys.clone();
            }
        }
        let outcome = self.fetch_keys(provider, issuer).await;
        let previous = slot.take().and_then(|slot| slot.keys.ok());
        // A provider that is down for a moment does not sign everybody out: old keys stay valid.
        let keys = match (outcome, previous) {
            (Ok(keys), _) => Ok(Arc::new(keys)),
            (Err(error), Some(old)) => {
                tracing::warn!(%error, "keeping the known keys of a token issuer");
                Ok(old)
            }
            (Err(error), None) => Err(error),
        };
        *slot = Some(Slot {
            keys: keys.clone(),
            fetched: Instant::now(),
        });
        keys
    }

    async fn fetch_keys(&self, provider: &AuthProvider, issuer: &str) -> Result<Keys, AuthError> {
        let address = match provider {
            AuthProvider::CustomJwt { jwks, .. } => jwks.clone(),
            AuthProvider::Oidc { .. } => self.discover(issuer).await?,
        };
        let body = match decode_data_url(&address) {
            Some(decoded) => decoded?,
            None => self
                .fetch(&address)
                .await
                .map_err(|why| unreachable_keys(&address, &why))?,
        };
        Keys::parse(&address, &body)
    }

    /// Finds the keys by OpenID Connect discovery: the issuer's configuration names the address of its keys.
    async fn discover(&self, issuer: &str) -> Result<String, AuthError> {
        #[derive(Deserialize)]
        struct Configuration {
            issuer: String,
            jwks_uri: String,
        }
        let address = format!("{issuer}/.well-known/openid-configuration");
        let body = self
            .fetch(&address)
            .await
            .map_err(|why| AuthError::discovery(issuer, &why))?;
        let found: Configuration = serde_json::from_slice(&body)
            .map_err(|error| AuthError::discovery(issuer, &error.to_string()))?;
        if found.issuer.trim_end_matches('/') != issuer {
            let why = format!("unexpected issuer {}", found.issuer);
            return Err(AuthError::discovery(issuer, &why));
        }
        Ok(found.jwks_uri)
    }

    async fn fetch(&self, address: &str) -> Result<Vec<u8>, String> {
        if let Some(answer) = self.local.as_ref().and_then(|local| local(address)) {
            return tokio::time::timeout(FETCH_TIMEOUT, answer)
                .await
                .map_err(|_| "timed out".to_owned())?;
        }
        let host = Url::parse(address).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
        let client = if is_this_machine(host) {
            &self.direct
        } else {
            &self.http
        };
        let request = client.get(address).timeout(FETCH_TIMEOUT);
        let request = request.header(http::header::ACCEPT, "application/json");
        let response = request
            .send()
            .await
            .map_err(|error| error.without_url().to_string())?;
        let status = response.status();
        if status != http::StatusCode::OK {
            let reason = status.canonical_reason().unwrap_or("Unknown");
            return Err(format!("HTTP {} {reason}", status.as_u16()));
        }
        let body = response
            .bytes()
            .await
            .map_err(|error| error.without_url().to_string())?;
        Ok(body.to_vec())
    }
}

fn unreachable_keys(address: &str, why: &str) -> AuthError {
    AuthError::invalid(format!(
        "Could not fetch JWKS from URL '{address}': {why}. Check that the URL is correct and \
         accessible."
    ))
}

/// Returns the content of a `data:` address; `None` when it is another kind of address.
fn decode_data_url(address: &str) -> Option<Result<Vec<u8>, AuthError>> {
    let (kind, data) = address.strip_prefix("data:")?.split_once(',')?;
    let decoded = if kind.ends_with(";base64") {
        BASE64_STANDARD
            .decode(data)
            .or_else(|_| BASE64_URL_SAFE_NO_PAD.decode(data))
            .ok()
    } else {
        let form = format!("data={data}").replace('+', "%2B");
        url::form_urlencoded::parse(form.as_bytes())
            .next()
            .map(|(_, text)| text.into_owned().into())
    };
    Some(decoded.ok_or_else(|| {
        AuthError::invalid(
            "Invalid JWKS data URL. Check that the data URL is properly formatted and contains \
             valid base64-encoded JSON.",
        )
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::FutureExt as _;
    use futures::future::join_all;

    use super::*;
    use crate::tls;

    #[tokio::test]
    async fn callers_share_a_fetch_that_fails() {
        let fetches = Arc::new(AtomicUsize::new(0));
        let counted = fetches.clone();
        let down: LocalFetch = Arc::new(move |_: &str| {
            counted.fetch_add(1, Ordering::Relaxed);
            let answer = async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                Err::<Vec<u8>, _>("down".to_owned())
            };
            Some(answer.boxed())
        });
        let client = || {
            let tls = tls::config().expect("certificates");
            let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
            client.build().expect("an HTTP client")
        };
        let store = KeyStore::new(client(), client(), Some(down));
        let provider = AuthProvider::CustomJwt {
            issuer: "https://issuer.example".into(),
            jwks: "https://issuer.example/jwks".into(),
            algorithm: "RS256".into(),
            application_id: None,
        };
        let get = || store.get(&provider, "https://issuer.example");
        let waited = join_all((0..5).map(|_| get())).await;
        assert!(waited.iter().all(Result::is_err));
        assert_eq!(fetches.load(Ordering::Relaxed), 1);
        assert!(get().await.is_err());
        assert_eq!(
            fetches.load(Ordering::Relaxed),
            2,
            "a later call asks again"
        );
    }
}
