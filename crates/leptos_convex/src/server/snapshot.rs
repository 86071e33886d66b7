//! Several queries on the data of one moment.

use std::{fmt, sync::Arc};

use serde::de::DeserializeOwned;

use super::{HttpClient, sessions::Frame};
use crate::{
    call::{CallError, Preloaded, Query},
    value::Value,
};

/// The data as they were at one moment; made by [`HttpClient::snapshot`].
#[derive(Clone)]
pub struct Snapshot {
    pub(super) client: HttpClient,
    /// As Convex gave it.
    pub(super) ts: String,
    /// What is known of this moment in memory.
    pub(super) frame: Option<Arc<Frame>>,
}

impl Snapshot {
    pub(super) const fn new(client: HttpClient, ts: String) -> Self {
        Self {
            client,
            ts,
            frame: None,
        }
    }

    /// Whether the moment is one of a live session (`LiveSessions`), and not asked for just now.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.frame.is_some()
    }

    /// The result of `query` for the visitor, if the live session that this moment is out of holds it.
    #[must_use]
    pub fn known<T>(&self, query: &Query<T>) -> Option<Preloaded<T>> {
        let frame = self.frame.as_ref()?;
        let result = frame.result(&query.key().ok()?)?;
        let preloaded = Preloaded::of(query, Some(result.clone()), true).ok()?;
        Some(preloaded.read_at(&self.ts))
    }

    /// Runs `query` on the data of this moment, as the person `token` is about, or as nobody.
    ///
    /// # Errors
    /// As [`HttpClient::query`]; also when the moment is too far in the past.
    pub async fn query<T: DeserializeOwned>(
        &self,
        query: &Query<T>,
        token: Option<&str>,
    ) -> Result<T, CallError> {
        query.decode(self.query_value(query, token).await?)
    }

    /// [`Snapshot::query`], leaving the result as Convex sent it.
    ///
    /// # Errors
    /// As [`Snapshot::query`].
    pub async fn query_value<T>(
        &self,
        query: &Query<T>,
        token: Option<&str>,
    ) -> Result<Value, CallError> {
        self.client.query_value_at(query, &self.ts, token).await
    }

    /// Runs `query` and packs its result for [`use_preloaded_query`](crate::use_preloaded_query).
    ///
    /// # Errors
    /// As [`Snapshot::query`].
    pub async fn preload<T>(
        &self,
        query: &Query<T>,
        token: Option<&str>,
    ) -> Result<Preloaded<T>, CallError> {
        let preloaded = Preloaded::new(query, &self.query_value(query, token).await?)?;
        Ok(preloaded.read_at(&self.ts))
    }

    /// The moment, for [`Preloaded::read_at`].
    #[must_use]
    pub fn ts(&self) -> &str {
        &self.ts
    }
}

impl fmt::Debug for Snapshot {
    /// Leaves out what is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("ts", &self.ts)
            .field("is_held", &self.is_held())
            .finish_non_exhaustive()
    }
}
