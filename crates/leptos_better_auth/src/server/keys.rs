//! The deployment's public keys, kept between requests.

use std::collections::HashMap;
use std::sync::{Arc, Once, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;

use super::config::Settings;
use super::token::{self, Rejected, Token};
use super::verified::Verified;

/// After a failure, the next try comes sooner.
const FLOOR_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Older keys are fetched again in the background while they are still used.
const MAX_AGE: Duration = Duration::from_secs(600);
/// A key set is small; a larger answer is something else.
const MAX_BYTES: usize = 256 * 1024;

/// The result of checking a token from a cookie.
#[derive(Debug)]
pub(crate) enum Verdict {
    Valid(Token),
    Rejected(Rejected),
    /// The keys could not be fetched.
    CannotSay,
}

/// Verifies tokens against `{base_path}/convex/jwks`.
#[derive(Debug)]
pub(crate) struct Keys {
    http: reqwest::Client,
    url: String,
    issuer: String,
    timeout: Duration,
    floor: Duration,
    tolerance: Duration,
    issuer_told: Once,
    set: RwLock<Option<Arc<KeySet>>>,
    /// When the last try ended, and whether it succeeded. Locked while fetching, so there is one fetch at a time.
    last_try: Mutex<Option<(Instant, bool)>>,
}

struct KeySet {
    by_id: HashMap<String, (DecodingKey, Algorithm)>,
    fetched: Instant,
    /// Dropped together with the keys.
    verified: Verified,
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.by_id.keys()).finish()
    }
}

impl Keys {
    pub(crate) fn new(http: reqwest::Client, settings: &Settings) -> Self {
        Self {
            http,
            url: settings.auth_url("/convex/jwks"),
            issuer: settings.issuer.clone(),
            timeout: settings.timeouts.token,
            floor: settings.jwt_cache.keys_floor,
            tolerance: settings.jwt_cache.tolerance,
            issuer_told: Once::new(),
            set: RwLock::new(None),
            last_try: Mutex::new(None),
        }
    }

    /// Checks a token, without I/O if its key is known.
    pub(crate) async fn verify(self: &Arc<Self>, text: &str) -> Verdict {
        let Ok(header) = jsonwebtoken::decode_header(text) else {
            return Verdict::Rejected(Rejected::Invalid);
        };
        let Some(id) = header.kid else {
            return Verdict::Rejected(Rejected::Invalid);
        };
        let mut set = self.current();
        if !set.as_ref().is_some_and(|set| set.by_id.contains_key(&id)) {
            self.fetch(&id).await;
            set = self.current();
        }
        let Some(set) = set else {
            return Verdict::CannotSay;
        };
        if set.fetched.elapsed() > MAX_AGE {
            self.refresh_in_background(id.clone());
        }
        let Some((key, algorithm)) = set.by_id.get(&id) else {
            return Verdict::Rejected(Rejected::Invalid);
        };
        if let Some(token) = set.verified.get(text, self.tolerance) {
            return Verdict::Valid(token);
        }
        match token::verify(text, key, *algorithm, &self.issuer, self.tolerance) {
            Ok(token) => {
                set.verified.keep(&token);
                Verdict::Valid(token)
            }
            Err(why) => {
                if why == Rejected::Issuer {
                    self.tell_issuer(text);
                }
                Verdict::Rejected(why)
            }
        }
    }

    /// Logs once that the deployment uses another name for itself, since this affects every token and costs a request
    /// for each page.
    fn tell_issuer(&self, text: &str) {
        self.issuer_told.call_once(|| {
            tracing::warn!(
                issuer = token::issuer_of(text),
                expected = self.issuer,
                "tokens of the deployment name another issuer than its URL: set `AuthConfig::issuer` \
                 (CONVEX_JWT_ISSUER) to it if the deployment is reached by two names"
            );
        });
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        self.set
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn refresh_in_background(self: &Arc<Self>, id: String) {
        let keys = Arc::clone(self);
        tokio::spawn(async move { keys.fetch(&id).await });
    }

    /// Fetches the keys, unless that was just done. A caller that waits for another's fetch uses its result.
    async fn fetch(&self, wanted: &str) {
        let mut last_try = self.last_try.lock().await;
        let is_stale = |set: &Arc<KeySet>| set.fetched.elapsed() > MAX_AGE;
        let has_it = self
            .current()
            .is_some_and(|set| set.by_id.contains_key(wanted) && !is_stale(&set));
        if has_it || last_try.is_some_and(|last| self.is_too_soon(last)) {
            return;
        }
        let set = self.download().await;
        *last_try = Some((Instant::now(), set.is_some()));
        if let Some(set) = set {
            *self.set.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(set));
        }
    }

    fn is_too_soon(&self, (when, worked): (Instant, bool)) -> bool {
        when.elapsed()
            < if worked {
                self.floor
            } else {
                FLOOR_AFTER_FAILURE.min(self.floor)
            }
    }

    async fn download(&self) -> Option<KeySet> {
        // No visitor asks for the keys, and Better Auth's rate limiter warns about requests without an address.
        let request = self
            .http
            .get(&self.url)
            .header("accept", "application/json")
            .header("x-forwarded-for", "127.0.0.1");
        let body = tokio::time::timeout(
            self.timeout,
            super::upstream::read_limited(request, MAX_BYTES),
        )
        .await;
        let (status, _, body) = match body {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the public keys of the deployment could not be fetched");
                return None;
            }
            Err(_) => {
                tracing::warn!("the public keys of the deployment took too long");
                return None;
            }
        };
        let set = status
            .is_success()
            .then(|| serde_json::from_slice::<RawKeySet>(&body).ok())
            .flatten();
        if set.is_none() {
            tracing::warn!(%status, url = self.url, "no key set at the deployment; is the auth component registered?");
        }
        Some(KeySet {
            by_id: usable_keys(set?),
            fetched: Instant::now(),
            verified: Verified::default(),
        })
    }
}

/// The keys one by one, so that one unreadable key does not hide the others.
#[derive(serde::Deserialize)]
struct RawKeySet {
    keys: Vec<serde_json::Value>,
}

fn usable_keys(set: RawKeySet) -> HashMap<String, (DecodingKey, Algorithm)> {
    let readable = set
        .keys
        .into_iter()
        .filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    JwkSet {
        keys: readable.collect(),
    }
    .keys
    .iter()
    .filter_map(usable_key)
    .collect()
}

/// Reads a key of the kinds that the component signs with, RS256 or EdDSA. Others are ignored.
fn usable_key(jwk: &Jwk) -> Option<(String, (DecodingKey, Algorithm))> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        _ => return None,
    };
    let id = jwk.common.key_id.clone()?;
    Some((id, (DecodingKey::from_jwk(jwk).ok()?, algorithm)))
}
