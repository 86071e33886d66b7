//! Tokens that have been verified. A browser sends the same one for minutes, and checking a signature takes longer than
//! rendering a page.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::token::{Token, now};

/// The maximum number of kept tokens, about six megabytes. Further tokens are verified each time.
const MAX_TOKENS: usize = 4_096;

/// The tokens verified with one set of keys. Only tokens with a valid signature are kept.
#[derive(Debug, Default)]
pub(super) struct Verified(Mutex<HashMap<[u8; 32], Kept>>);

#[derive(Debug)]
struct Kept {
    token: Token,
    /// When it was verified, seconds since 1970.
    since: u64,
}

impl Verified {
    /// Returns the token of this text, if it was verified and is still valid. Not if the clock has gone back since,
    /// because the token may then not be valid yet.
    pub(super) fn get(&self, text: &str, tolerance: Duration) -> Option<Token> {
        let kept = self.kept();
        let Kept { token, since } = kept.get(&name_of(text))?;
        let lives = *since <= now() && !token.remaining(tolerance).is_zero();
        lives.then(|| token.clone())
    }

    pub(super) fn keep(&self, token: &Token) {
        let since = now();
        let mut kept = self.kept();
        if kept.len() >= MAX_TOKENS {
            kept.retain(|_, kept| !kept.token.remaining(Duration::ZERO).is_zero());
        }
        if kept.len() >= MAX_TOKENS {
            kept.clear();
        }
        let token = token.clone();
        kept.insert(name_of(&token.text), Kept { token, since });
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<[u8; 32], Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name_of(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::super::token::read_fresh;
    use super::*;

    fn token(number: usize, ends: u64) -> Token {
        let claims = format!(r#"{{"sub":"person{number}","exp":{ends}}}"#);
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let text = format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#), part(&claims));
        read_fresh(&text).expect("claims")
    }

    #[test]
    fn a_token_is_found_by_its_whole_text_until_it_expires() {
        let verified = Verified::default();
        let (good, ended) = (token(1, now() + 600), token(2, now() - 1));
        verified.keep(&good);
        verified.keep(&ended);
        let find = |text: &str| verified.get(text, Duration::ZERO);
        let found = find(&good.text).expect("known");
        assert_eq!(found.session.user.id, "person1");
        assert!(find(&ended.text).is_none());
        assert!(verified.get(&ended.text, Duration::from_secs(60)).is_some());
        for other in [
            "",
            &good.text[..good.text.len() - 1],
            &format!("{} ", good.text),
        ] {
            assert!(find(other).is_none(), "{other}");
        }
    }

    #[test]
    fn the_number_of_kept_tokens_is_limited() {
        let verified = Verified::default();
        for number in 0..2 * MAX_TOKENS + 10 {
            verified.keep(&token(number, now() + 600));
            assert!(verified.kept().len() <= MAX_TOKENS);
        }
    }

    #[test]
    fn a_token_is_verified_again_after_the_clock_has_gone_back() {
        let verified = Verified::default();
        let good = token(1, now() + 600);
        verified.keep(&good);
        for kept in verified.kept().values_mut() {
            kept.since = now() + 3_600;
        }
        assert!(verified.get(&good.text, Duration::ZERO).is_none());
    }
}
