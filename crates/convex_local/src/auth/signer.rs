//! Tokens that functions sign with the deployment's own key: `ctx.auth.signJwt()`.
//!
//! The rules follow the documentation of `MutationAuth` in npm `convex`: ES256; `iss`, `iat` and `exp` are
//! set here; a token is valid for an hour at most. Anyone can verify one with the public key that
//! `/.well-known/jwks.json` serves.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Map, Value, json};

use crate::store::{ComponentPath, MetaError, Store};

/// The longest lifetime of a token.
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// Claims that are set here, or that Convex uses.
const RESERVED: [&str; 4] = ["iss", "iat", "exp", "nbf"];
/// Prefixes of names that Convex reserves, in any letter case.
const RESERVED_PREFIXES: [&str; 2] = ["convex", "cvx"];
/// The setting that holds the key.
const SETTING: &str = "signing_key";

/// Signs tokens. The key is kept with the data, so that a token outlives a restart.
pub(crate) struct Signer {
    key: EncodingKey,
    header: Header,
    jwks: Value,
    /// The issuer of the app's tokens.
    cloud_url: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

/// The reasons why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error(transparent)]
    Kept(#[from] MetaError),
    #[error("cannot create a key")]
    Made,
    #[error("the stored key is not valid: {0}")]
    Form(#[from] jsonwebtoken::errors::Error),
    #[error("the stored key is not valid: {0}")]
    Text(#[from] base64::DecodeError),
}

/// The reason why a token is not made, worded for the function's author.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("signJwt: {0}")]
pub(crate) struct SignError(String);

impl Signer {
    /// Creates the signer of a store, with a new key if there is none.
    ///
    /// # Errors
    /// When the key can be neither read nor made.
    pub(crate) fn of(store: &Store, cloud_url: &str) -> Result<Self, KeyError> {
        let secret = match store.meta(SETTING)? {
            Some(secret) => BASE64.decode(secret)?,
            None => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let secret = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new())
                    .map_err(|_| KeyError::Made)?;
                store.set_meta(SETTING, &BASE64.encode(&secret))?;
                secret.as_ref().to_vec()
            }
        };
        let key = EncodingKey::from_ec_der(&secret);
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256)?;
        let name = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(name.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let header = Header {
            kid: Some(name),
            ..Header::new(Algorithm::ES256)
        };
        Ok(Self {
            key,
            header,
            jwks: json!({ "keys": [public] }),
            cloud_url: cloud_url.trim_end_matches('/').to_owned(),
        })
    }

    /// Returns the public key, as a JSON Web Key Set.
    pub(crate) fn jwks(&self) -> &Value {
        &self.jwks
    }

    /// Returns a token with these claims that a component issues at `now`.
    ///
    /// # Errors
    /// When a claim is reserved, or the lifetime of the token is too short or too long.
    pub(crate) fn sign(
        &self,
        component: &ComponentPath,
        mut claims: Map<String, Value>,
        expires_in_seconds: f64,
        now: SystemTime,
    ) -> Result<String, SignError> {
        if let Some(name) = claims.keys().find(|name| is_reserved(name)) {
            return Err(SignError(format!("the claim \"{name}\" is reserved")));
        }
        let longest = LONGEST.as_secs_f64();
        if !(1.0..=longest).contains(&expires_in_seconds) {
            return Err(SignError(format!(
                "expiresInSeconds must be between 1 and {longest}, got {expires_in_seconds}"
            )));
        }
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let life = Duration::from_secs_f64(expires_in_seconds.floor());
        claims.insert("iss".into(), self.issuer(component).into());
        claims.insert("iat".into(), since.as_secs().into());
        claims.insert("exp".into(), (since + life).as_secs().into());
        jsonwebtoken::encode(&self.header, &claims, &self.key)
            .map_err(|error| SignError(error.to_string()))
    }

    fn issuer(&self, component: &ComponentPath) -> String {
        match component.as_str() {
            "" => self.cloud_url.clone(),
            name => format!("{}/components/{name}", self.cloud_url),
        }
    }
}

fn is_reserved(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    RESERVED.contains(&name)
        || RESERVED_PREFIXES
            .iter()
            .any(|prefix| lower.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};

    use super::*;
    use crate::store::StoreOptions;

    #[test]
    fn tokens_are_verified_with_the_public_key_and_outlive_a_restart() {
        let dir = tempfile::tempdir().expect("a folder");
        let open = || Store::open(dir.path(), StoreOptions::default()).expect("a store");
        let signer = |store: &Store| Signer::of(store, "http://localhost:3210/").expect("a key");
        let store = open();
        let claims = Map::from_iter([("sub".to_owned(), json!("ann"))]);
        let now = SystemTime::now();
        let root = ComponentPath::root();
        let token = signer(&store)
            .sign(&root, claims.clone(), 60.0, now)
            .expect("a token");
        drop(store);
        let signer = signer(&open());
        let key: Jwk = serde_json::from_value(signer.jwks()["keys"][0].clone()).expect("a key");
        let verify = |token: &str| {
            let mut rules = Validation::new(Algorithm::ES256);
            rules.validate_aud = false;
            let key = DecodingKey::from_jwk(&key).expect("a public key");
            jsonwebtoken::decode::<Value>(token, &key, &rules).expect("is ours")
        };
        let verified = verify(&token);
        assert_eq!(verified.header.kid, key.common.key_id);
        assert_eq!(verified.claims["iss"], "http://localhost:3210");
        assert_eq!(verified.claims["sub"], "ann");
        let life = verified.claims["exp"]
            .as_u64()
            .zip(verified.claims["iat"].as_u64());
        assert_eq!(life.map(|(end, begin)| end - begin), Some(60));
        let part = ComponentPath::new("mail");
        let token = signer.sign(&part, claims, 3600.0, now).expect("a token");
        let issuer = "http://localhost:3210/components/mail";
        assert_eq!(verify(&token).claims["iss"], issuer);
        assert!(
            !signer.jwks().to_string().contains("\"d\""),
            "no private part"
        );
    }

    #[test]
    fn reserved_claims_and_invalid_lifetimes_are_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path(), StoreOptions::default()).expect("a store");
        let signer = Signer::of(&store, "http://localhost:3210").expect("a key");
        let sign = |claim: &str, life: f64| {
            let claims = Map::from_iter([(claim.to_owned(), json!(1))]);
            let signed = signer.sign(&ComponentPath::root(), claims, life, SystemTime::now());
            signed.map(drop).map_err(|error| error.to_string())
        };
        for claim in ["iss", "iat", "exp", "nbf", "convexRole", "CVX", "cvx_x"] {
            let refused = Err(format!("signJwt: the claim \"{claim}\" is reserved"));
            assert_eq!(sign(claim, 60.0), refused);
        }
        for life in [0.0, 0.5, -1.0, 3601.0, f64::NAN, f64::INFINITY] {
            let refused = sign("role", life).expect_err("an invalid lifetime");
            assert!(refused.contains("between 1 and 3600"), "{refused}");
        }
        assert_eq!(sign("role", 1.0), Ok(()));
    }
}
