//! Values that only this process can read again. The key is generated at start and stored nowhere.

use std::sync::OnceLock;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use serde::{Serialize, de::DeserializeOwned};

/// Encrypts a value for the cookie with this name; `None` if the system has no randomness.
pub(super) fn seal<T: Serialize>(cookie: &str, value: &T) -> Option<String> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).ok()?;
    let mut text = serde_json::to_vec(value).ok()?;
    let sealing = Nonce::assume_unique_for_key(nonce);
    key()?
        .seal_in_place_append_tag(sealing, Aad::from(cookie), &mut text)
        .ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode([&nonce[..], &text[..]].concat()))
}

/// Decrypts the output of [`seal`] for the cookie with this name in this process.
pub(super) fn open<T: DeserializeOwned>(cookie: &str, sealed: &str) -> Option<T> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, text) = bytes.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = text.to_vec();
    let text = key()?
        .open_in_place(nonce, Aad::from(cookie), &mut text)
        .ok()?;
    serde_json::from_slice(text).ok()
}

fn key() -> Option<&'static LessSafeKey> {
    static KEY: OnceLock<Option<LessSafeKey>> = OnceLock::new();
    KEY.get_or_init(|| {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).ok()?;
        UnboundKey::new(&CHACHA20_POLY1305, &bytes)
            .ok()
            .map(LessSafeKey::new)
    })
    .as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_can_be_opened_only_under_its_own_name_and_unchanged() {
        let secret = "otpauth://totp/App:ann@example.com?secret=JBSWY3DPEHPK3PXP".to_owned();
        let sealed = seal("a", &secret).expect("sealed");
        assert_eq!(open::<String>("a", &sealed), Some(secret.clone()));
        assert_eq!(open::<String>("b", &sealed), None);
        let plain = BASE64_URL_SAFE_NO_PAD.decode(&sealed).expect("Base64");
        assert!(!String::from_utf8_lossy(&plain).contains("secret"));
        assert_ne!(
            seal("a", &secret),
            Some(sealed.clone()),
            "the nonce differs each time"
        );
        for i in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[i] = if changed[i] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("text");
            assert_ne!(open::<String>("a", &changed), Some(secret.clone()), "{i}");
        }
        for short in ["", "AAAA", "AAAAAAAAAAAAAAAA", "not base64!"] {
            assert_eq!(open::<String>("a", short), None, "{short}");
        }
    }
}
