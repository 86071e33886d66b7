//! Several queries on the data of one moment.

use serde::de::DeserializeOwned;

use super::HttpClient;
use crate::{
    call::{CallError, Preloaded, Query},
    value::Value,
};

/// The data as they were at one moment; made by [`HttpClient::snapshot`].
#[derive(Clone, Debug)]
pub struct Snapshot {
    client: HttpClient,
    /// As Convex gave it.
    ts: String,
}

impl Snapshot {
    pub(super) const fn new(client: HttpClient, ts: String) -> Self {
        Self { client, ts }
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
