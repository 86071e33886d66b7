//! The caller of the backend.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use crate::auth::Identity;
use crate::functions::{Caller, Origin, RequestId};

/// A caller, with the functions that it may reach.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) caller: Caller,
    pub(crate) identity: Option<Arc<Identity>>,
    /// Distinguishes identities in caches: all claims, because a function may read any.
    pub(crate) fingerprint: Option<Arc<str>>,
    pub(crate) expires_at: Option<SystemTime>,
    /// The origin of the caller's requests. No cached result may depend on it.
    pub(crate) origin: Arc<Origin>,
}

impl Who {
    /// Returns a caller who is not signed in.
    pub(crate) fn nobody() -> Self {
        Self {
            caller: Caller::Public,
            identity: None,
            fingerprint: None,
            expires_at: None,
            origin: Arc::default(),
        }
    }

    /// Returns a caller who is signed in.
    pub(crate) fn person(
        identity: Identity,
        caller: Caller,
        expires_at: Option<SystemTime>,
    ) -> Self {
        let fingerprint = format!("{}|{}", identity.token_identifier, identity.claims);
        let fingerprint = Some(fingerprint.into());
        Self {
            caller,
            identity: Some(Arc::new(identity)),
            fingerprint,
            expires_at,
            origin: Arc::default(),
        }
    }

    /// Returns the same caller with this address and `User-Agent`.
    pub(crate) fn at(self, ip: Option<IpAddr>, user_agent: Option<String>) -> Self {
        self.from(|origin| Origin {
            ip,
            user_agent,
            ..origin
        })
    }

    /// Returns the same caller with this request id.
    pub(crate) fn asking(self, request_id: Option<RequestId>) -> Self {
        self.from(|origin| Origin {
            request_id,
            ..origin
        })
    }

    fn from(self, change: impl FnOnce(Origin) -> Origin) -> Self {
        let origin = change((*self.origin).clone());
        Self {
            origin: Arc::new(origin),
            ..self
        }
    }

    /// Returns whether the caller has neither an identity nor the admin key.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.identity.is_none() && !self.caller.reaches_internal()
    }

    /// Returns whether the caller's token has expired.
    pub(crate) fn is_expired(&self, now: SystemTime) -> bool {
        self.expires_at.is_some_and(|expires_at| now >= expires_at)
    }
}
