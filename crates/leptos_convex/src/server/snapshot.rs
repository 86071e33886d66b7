//! Several queries on the data of one moment.

use std::{fmt, sync::Arc};

use serde::de::DeserializeOwned;

use super::{HttpClient, sessions::Frame};
use crate::{
    call::{CallError, Preloaded, Query},
    value::Value,
};

impl HttpClient {
    /// Returns the current data, for several queries that must agree with each other, such as a list and its total
    /// (`consistentQuery` of the JavaScript client). This costs a round trip of its own. Convex keeps a moment for
    /// about 30 s, so take a new one for each page.
    ///
    /// ```
    /// use leptos_convex::{CallError, Query, server::HttpClient};
    ///
    /// # async fn page(client: &HttpClient, list: Query<Vec<String>>, count: Query<f64>) -> Result<(), CallError> {
    /// let now = client.snapshot().await?;
    /// let (list, count) = (now.preload(&list, None).await?, now.preload(&count, None).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`CallError::Network`] when Convex did not answer in time.
    pub async fn snapshot(&self) -> Result<Snapshot, CallError> {
        Ok(Snapshot::new(self.clone(), self.now().await?))
    }
}

/// The data of one moment; made by [`HttpClient::snapshot`].
#[derive(Clone)]
pub struct Snapshot {
    pub(super) client: HttpClient,
    /// The moment as Convex wrote it.
    pub(super) ts: String,
    /// The results of this moment that are in memory.
    pub(super) frame: Option<Arc<Frame>>,
}

impl Snapshot {
    const fn new(client: HttpClient, ts: String) -> Self {
        Self {
            client,
            ts,
            frame: None,
        }
    }

    /// Returns whether the moment comes from a live session (`LiveSessions`), and not from a request just now.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.frame.is_some()
    }

    /// Returns the result of `query` for the visitor, if this moment's live session holds it.
    #[must_use]
    pub fn known<T>(&self, query: &Query<T>) -> Option<Preloaded<T>> {
        let frame = self.frame.as_ref()?;
        let result = frame.result(&query.key().ok()?)?;
        let preloaded = Preloaded::of(query, Some(result.clone()), true).ok()?;
        Some(preloaded.read_at(&self.ts))
    }

    /// Runs `query` on the data of this moment, as the person of `token`, or as nobody.
    ///
    /// # Errors
    /// As [`HttpClient::query`], and also when the moment is too far in the past.
    pub async fn query<T: DeserializeOwned>(
        &self,
        query: &Query<T>,
        token: Option<&str>,
    ) -> Result<T, CallError> {
        query.decode(self.query_value(query, token).await?)
    }

    /// Does what [`Snapshot::query`] does, and returns the result as Convex sent it.
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

    /// Returns the moment, for [`Preloaded::read_at`].
    #[must_use]
    pub fn ts(&self) -> &str {
        &self.ts
    }
}

impl fmt::Debug for Snapshot {
    /// Leaves out the known results.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("ts", &self.ts)
            .field("is_held", &self.is_held())
            .finish_non_exhaustive()
    }
}
