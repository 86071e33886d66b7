//! Whether sessions exist, for strict guards, since a token outlives its session.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::cookies::AuthCookies;

/// The maximum number of kept answers, about a megabyte. Further answers are not kept, which only costs requests.
const MAX_ENTRIES: usize = 10_000;

/// A hash that identifies a session cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey([u8; 32]);

impl SessionKey {
    pub(crate) fn of(cookie: &str) -> Self {
        Self(Sha256::digest(cookie).into())
    }

    pub(crate) const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Better Auth's answer about a session cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It belongs to the session with this id.
    Stands(String),
    Gone,
}

/// Answers of the last few seconds, by session cookie.
#[derive(Debug)]
pub(crate) struct Standings {
    ttl: Duration,
    kept: Mutex<HashMap<SessionKey, (Instant, Standing)>>,
}

impl Standings {
    pub(crate) fn new(ttl: Duration) -> Self {
        Self {
            ttl,
            kept: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, key: SessionKey) -> Option<Standing> {
        let kept = self.kept();
        let (since, standing) = kept.get(&key)?;
        (since.elapsed() < self.ttl).then(|| standing.clone())
    }

    /// Returns the id of the session to which a cookie belonged when it was last checked. A cookie never belongs to
    /// another.
    pub(crate) fn id_of(&self, key: SessionKey) -> Option<String> {
        match &self.kept().get(&key)?.1 {
            Standing::Stands(id) => Some(id.clone()),
            Standing::Gone => None,
        }
    }

    pub(crate) fn keep(&self, key: SessionKey, standing: Standing) {
        let mut kept = self.kept();
        if kept.len() >= MAX_ENTRIES {
            kept.retain(|_, (since, _)| since.elapsed() < self.ttl);
        }
        if kept.len() < MAX_ENTRIES {
            kept.insert(key, (Instant::now(), standing));
        }
    }

    /// Forgets a session that may have been ended by a request.
    pub(crate) fn forget(&self, cookies: &AuthCookies) {
        if let Some(cookie) = cookies.session() {
            self.kept().remove(&SessionKey::of(cookie));
        }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<SessionKey, (Instant, Standing)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_its_ttl_and_no_longer() {
        let long = Standings::new(Duration::from_secs(600));
        let key = SessionKey::of("a.b");
        long.keep(key, Standing::Gone);
        assert_eq!(long.get(key), Some(Standing::Gone));
        assert_eq!(long.get(SessionKey::of("a.c")), None);

        let none = Standings::new(Duration::ZERO);
        none.keep(key, Standing::Stands("s".to_owned()));
        assert_eq!(none.get(key), None);
    }

    #[test]
    fn invented_cookies_do_not_fill_the_memory() {
        let standings = Standings::new(Duration::from_secs(600));
        for number in 0..MAX_ENTRIES + 500 {
            standings.keep(SessionKey::of(&number.to_string()), Standing::Gone);
        }
        assert_eq!(standings.kept().len(), MAX_ENTRIES);

        let brief = Standings::new(Duration::from_nanos(1));
        for number in 0..MAX_ENTRIES + 500 {
            brief.keep(SessionKey::of(&number.to_string()), Standing::Gone);
        }
        assert!(brief.kept().len() <= 501, "expired answers make room");
    }
}
