//! Keys and tokens for tests.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use serde_json::{Value, json};

/// A private key with its id.
#[derive(Clone)]
pub struct Signer {
    pub kid: String,
    key: EncodingKey,
    algorithm: Algorithm,
}

/// Returns one of two RSA keys. They take long to make, so the tests of a file share them.
fn rsa_der(index: usize) -> &'static [u8] {
    static KEYS: [OnceLock<Vec<u8>>; 2] = [OnceLock::new(), OnceLock::new()];
    KEYS[index].get_or_init(|| {
        let key = rsa::RsaPrivateKey::new(&mut rand_08::thread_rng(), 2048).expect("key");
        key.to_pkcs1_der().expect("der").as_bytes().to_vec()
    })
}

impl Signer {
    pub fn rsa(kid: &str) -> Self {
        Self {
            kid: kid.to_owned(),
            key: EncodingKey::from_rsa_der(rsa_der(0)),
            algorithm: Algorithm::RS256,
        }
    }

    /// Returns a signer with another RSA key, under any id.
    pub fn other_rsa(kid: &str) -> Self {
        Self {
            kid: kid.to_owned(),
            key: EncodingKey::from_rsa_der(rsa_der(1)),
            algorithm: Algorithm::RS256,
        }
    }

    pub fn ed25519(kid: &str) -> Self {
        // An Ed25519 key in PKCS#8 is this header and the 32 bytes of the seed.
        let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        der.extend([7_u8; 32]);
        Self {
            kid: kid.to_owned(),
            key: EncodingKey::from_ed_der(&der),
            algorithm: Algorithm::EdDSA,
        }
    }

    /// Returns the public key as the deployment publishes it.
    pub fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("jwk");
        jwk.common.key_id = Some(self.kid.clone());
        serde_json::to_value(jwk).expect("json")
    }

    pub fn sign(&self, claims: &Claims) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, &claims.0, &self.key).expect("signed")
    }

    /// Returns the public modulus, which a forger knows.
    pub fn public_secret(&self) -> Vec<u8> {
        self.jwk()["n"]
            .as_str()
            .expect("modulus")
            .as_bytes()
            .to_vec()
    }
}

/// The claims of a Convex token. They are valid unless changed.
#[derive(Clone)]
pub struct Claims(pub Value);

impl Claims {
    pub fn good(issuer: &str) -> Self {
        Self(json!({
            "iss": issuer, "aud": "convex", "sub": "user-alice", "sessionId": "session-1",
            "iat": now(), "exp": now() + 900,
            "name": "Alice", "email": "alice@example.com", "emailVerified": false,
            "createdAt": 1_795_427_050_790_u64, "updatedAt": 1_795_427_050_790_u64,
        }))
    }

    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0[name] = value.into();
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.as_object_mut().expect("object").remove(name);
        self
    }
}

/// Returns a token made of arbitrary parts.
pub fn assemble(header: &Value, claims: &Claims, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(header),
        part(&claims.0),
        URL_SAFE_NO_PAD.encode(signature)
    )
}

/// Returns a token signed with a shared secret, for which a forger would use the public key.
pub fn sign_hs256(kid: &str, claims: &Claims, secret: &[u8]) -> String {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, &claims.0, &EncodingKey::from_secret(secret)).expect("signed")
}

pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs()
}
