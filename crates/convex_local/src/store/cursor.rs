//! Places in paginated queries, as clients hold them.
//!
//! A place is the key of a document, so it contains values that a filter may have left out. It is therefore encrypted
//! and bound to its query. The same place of the same query always gives the same text, so that a page that is read
//! again is the same page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

use super::error::DbError;

/// Where a page starts or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// After the document with this key.
    After(Vec<u8>),
    /// Behind the last document.
    End,
}

/// The tag bytes of a place after a key and of the end.
const AFTER: u8 = 1;
const END: u8 = 0;

/// The keys that cursors are encrypted with. The secret is stored with the data, so that cursors outlive a restart.
pub(crate) struct CursorKey {
    /// Derives the nonce from the plain text, so that no two texts share one.
    nonces: hmac::Key,
    /// `None` only if the cipher refuses a key of its own length.
    cipher: Option<LessSafeKey>,
}

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey")
    }
}

/// Returns a new random secret, as text.
pub(super) fn new_secret() -> String {
    BASE64.encode(rand::random::<[u8; 32]>())
}

impl CursorKey {
    /// Derives the keys from a secret.
    pub(super) fn new(secret: &str) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let part = |name: &str| hmac::sign(&secret, name.as_bytes());
        let cipher = UnboundKey::new(&CHACHA20_POLY1305, part("cipher").as_ref());
        Self {
            nonces: hmac::Key::new(hmac::HMAC_SHA256, part("nonces").as_ref()),
            cipher: cipher.ok().map(LessSafeKey::new),
        }
    }

    /// Returns the text of a place in the query that `query` stands for.
    pub(super) fn seal(&self, cursor: &Cursor, query: &[u8]) -> Result<String, DbError> {
        let mut place = match cursor {
            Cursor::After(key) => [&[AFTER], key.as_slice()].concat(),
            Cursor::End => vec![END],
        };
        let nonce = hmac::sign(&self.nonces, &[query, &place].concat());
        let mut sealed = nonce.as_ref()[..NONCE_LEN].to_vec();
        let cipher = self.cipher.as_ref().ok_or_else(no_cipher)?;
        cipher
            .seal_in_place_append_tag(nonce_of(&sealed)?, Aad::from(query), &mut place)
            .map_err(|_| no_cipher())?;
        sealed.append(&mut place);
        Ok(BASE64.encode(sealed))
    }

    /// Returns the place of a client's cursor; `None` if it does not belong to this query.
    pub(super) fn open(&self, text: &str, query: &[u8]) -> Option<Cursor> {
        let mut sealed = BASE64.decode(text).ok()?;
        let (nonce, place) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = nonce_of(nonce).ok()?;
        let cipher = self.cipher.as_ref()?;
        let place = cipher.open_in_place(nonce, Aad::from(query), place).ok()?;
        match place.split_first()? {
            (&AFTER, key) => Some(Cursor::After(key.to_vec())),
            (&END, []) => Some(Cursor::End),
            _ => None,
        }
    }
}

fn nonce_of(bytes: &[u8]) -> Result<Nonce, DbError> {
    Nonce::try_assume_unique_for_key(bytes).map_err(|_| no_cipher())
}

fn no_cipher() -> DbError {
    DbError::new("The place in the query could not be encrypted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_open_for_their_own_query_only_and_reveal_nothing() {
        let key = CursorKey::new("secret");
        for cursor in [Cursor::After(b"ann@example.com".to_vec()), Cursor::End] {
            let text = key.seal(&cursor, b"query").expect("seals");
            assert_eq!(key.open(&text, b"query"), Some(cursor.clone()));
            assert_eq!(
                key.seal(&cursor, b"query").as_ref(),
                Ok(&text),
                "always the same"
            );
            assert_eq!(key.open(&text, b"other"), None);
            assert_eq!(CursorKey::new("other").open(&text, b"query"), None);
            let bytes = BASE64.decode(&text).expect("base64");
            assert!(!bytes.windows(3).any(|part| part == b"ann"));
            let mut changed = bytes;
            *changed.last_mut().expect("not empty") ^= 1;
            assert_eq!(key.open(&BASE64.encode(changed), b"query"), None);
        }
        for text in ["", "end", "AAAA", "é"] {
            assert_eq!(key.open(text, b"query"), None);
        }
    }
}
